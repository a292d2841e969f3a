"""The preset Deep SVDD: the distance of the code from the centre of a hypersphere, beside the reconstruction."""

from core.presets import PRESETS
from core.presets._measured import ENCODING, NETWORK, TRAINING
from core.presets.base import Preset
from core.recipe import Recipe

SVDD = PRESETS.register("Deep SVDD")(
    Preset(
        name="Deep SVDD",
        summary="Draws the codes of normal rows together: a row far from their centre is odd even if rebuilt well.",
        order=19,
        recipe=Recipe(
            preset="Deep SVDD",
            model="svdd",
            model_settings={**NETWORK, "distance": 0.01},
            encoding=ENCODING,
            training=TRAINING,
        ),
    )
)
