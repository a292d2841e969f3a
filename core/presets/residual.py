"""The preset Residual: skip connections inside the blocks of encoder and decoder."""

from core.presets import PRESETS
from core.presets._measured import ENCODING, NETWORK, TRAINING
from core.presets.base import Preset
from core.recipe import Recipe

RESIDUAL = PRESETS.register("Residual")(
    Preset(
        name="Residual",
        summary="Blocks with a way around them: make the network deep without making it slow to learn.",
        order=12,
        recipe=Recipe(
            preset="Residual",
            model="residual",
            model_settings=dict(NETWORK),
            encoding=ENCODING,
            training=TRAINING,
        ),
    )
)
