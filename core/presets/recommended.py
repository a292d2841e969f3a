"""The best detector that was measured here: a small ensemble that is asked four questions about each row.

The score averages how badly a row is rebuilt, how empty it is around it, how unlikely it is under a mixture of groups,
and how far it is from the nearest normal rows. Each of the four misses rows that another finds; those that say the same
share their weight (``anomalens bench quality``, and the changelog).
"""

from dataclasses import replace

from core.presets import PRESETS
from core.presets._measured import ENCODING, NETWORK, TRAINING
from core.presets.base import Preset
from core.recipe import Recipe, ScoreConfig, SplitConfig, ThresholdConfig

RECOMMENDED = PRESETS.register("Recommended")(
    Preset(
        name="Recommended",
        summary="Three networks; a row is odd when it is rebuilt badly, lies apart or fits no group. Start here.",
        order=0,
        recipe=Recipe(
            preset="Recommended",
            model="dense",
            # The encoded input is twice as wide as the table, so half of it is as wide as the table.
            model_settings=NETWORK,
            # Rows are set aside only where no label says that they are normal; anomalies among them cost far more.
            training=replace(TRAINING, set_aside=0.3),
            encoding=ENCODING,
            # Small tables need their rows for training; the threshold needs a few that no network has seen.
            split=SplitConfig(validation=0.05),
            score=ScoreConfig(kind="mse", beside="local", third="mixture", fourth="neighbours", weights="correlation"),
            threshold=ThresholdConfig(rule="percentile", value=95.0, reference="validation"),
            members=3,
        ),
    )
)
