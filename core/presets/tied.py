"""The preset Tied weights: the decoder's weights are the transposes of the encoder's."""

from core.presets import PRESETS
from core.presets._measured import ENCODING, NETWORK, TRAINING
from core.presets.base import Preset
from core.recipe import Recipe

TIED = PRESETS.register("Tied weights")(
    Preset(
        name="Tied weights",
        summary="The decoder uses the encoder's weights backwards: half as much to learn, for tables of few rows.",
        order=11,
        recipe=Recipe(
            preset="Tied weights",
            model="tied",
            model_settings=dict(NETWORK),
            encoding=ENCODING,
            training=TRAINING,
        ),
    )
)
