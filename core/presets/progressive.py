"""The preset Progressive: a code that grows to its full size in four stages of the training."""

from core.presets import PRESETS
from core.presets._measured import ENCODING, NETWORK, TRAINING
from core.presets.base import Preset
from core.recipe import Recipe

PROGRESSIVE = PRESETS.register("Progressive")(
    Preset(
        name="Progressive",
        summary="The code grows while it trains, so that its units are ordered by how much they explain.",
        order=17,
        recipe=Recipe(
            preset="Progressive",
            model="progressive",
            model_settings={**NETWORK, "stages": 4, "stage_epochs": 8},
            encoding=ENCODING,
            training=TRAINING,
        ),
    )
)
