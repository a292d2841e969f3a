"""Skip connections inside the blocks of encoder and decoder."""

from core.presets import PRESETS
from core.presets._measured import ENCODING, NETWORK, TRAINING
from core.presets.base import Preset
from core.recipe import Recipe

RESIDUAL = PRESETS.register("Residual")(
    Preset(
        name="Residual",
        summary="A deeper network whose blocks have a way around them, for tables with intricate dependencies.",
        order=12,
        recipe=Recipe(
            preset="Residual",
            model="residual",
            model_settings={**NETWORK, "hidden_dims": (128, 128, 64)},
            encoding=ENCODING,
            training=TRAINING,
        ),
    )
)
