"""The preset Dual: an ensemble of five networks scored by reconstruction error alone, to compare with."""

from core.presets import PRESETS
from core.presets._measured import ENCODING, NETWORK, TRAINING
from core.presets.base import Preset
from core.recipe import Recipe, SplitConfig, ThresholdConfig

DUAL = PRESETS.register("Dual")(
    Preset(
        name="Dual",
        summary="Five networks that read every number twice, plain and with its tails tamed; judged by the error.",
        order=9,
        recipe=Recipe(
            preset="Dual",
            model="dense",
            # The encoded input is twice as wide as the table, so half of it is as wide as the table.
            model_settings=NETWORK,
            training=TRAINING,
            encoding=ENCODING,
            split=SplitConfig(validation=0.1),
            threshold=ThresholdConfig(rule="percentile", value=95.0, reference="validation"),
            members=5,
        ),
    )
)
