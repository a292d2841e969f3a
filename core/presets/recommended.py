"""The best detector that was measured here: a small ensemble that is asked three questions about each row.

The score averages how badly a row is rebuilt, how empty it is around it, and how unlikely it is under a mixture of
groups. Each of the three misses rows that another finds (``anomalens bench quality``, and the changelog).
"""

from core.presets import PRESETS
from core.presets.base import Preset
from core.recipe import EncodingConfig, Recipe, ScoreConfig, SplitConfig, ThresholdConfig, TrainingConfig

RECOMMENDED = PRESETS.register("Recommended")(
    Preset(
        name="Recommended",
        summary="Three networks; a row is odd when it is rebuilt badly, lies apart or fits no group. Start here.",
        order=0,
        recipe=Recipe(
            preset="Recommended",
            model="dense",
            # The encoded input is twice as wide as the table, so half of it is as wide as the table.
            model_settings={"hidden_dims": (128, 64), "latent": 50, "latent_unit": "percent", "activation": "gelu"},
            training=TrainingConfig(
                steps=800,
                batch_size=256,
                optimizer="adamw",
                learning_rate=2e-3,
                schedule="warmup-cosine",
                warmup_steps=80,
                # Only where no label says that they are normal; anomalies among the rows cost far more.
                set_aside=0.3,
            ),
            encoding=EncodingConfig(numbers="dual"),
            # Small tables need their rows for training; the threshold needs a few that no network has seen.
            split=SplitConfig(validation=0.05),
            score=ScoreConfig(kind="mse", beside="local", third="mixture"),
            threshold=ThresholdConfig(rule="percentile", value=95.0, reference="validation"),
            members=3,
        ),
    )
)
