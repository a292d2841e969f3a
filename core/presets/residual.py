"""Skip connections inside the blocks of encoder and decoder."""

from core.presets import PRESETS
from core.presets.base import Preset
from core.recipe import Recipe, TrainingConfig

RESIDUAL = PRESETS.register("Residual")(
    Preset(
        name="Residual",
        summary="A deeper network whose blocks have a way around them, for tables with intricate dependencies.",
        order=12,
        recipe=Recipe(
            preset="Residual",
            model="residual",
            model_settings={"hidden_dims": (128, 128, 64), "latent": 32, "latent_unit": "fitted", "activation": "relu"},
            training=TrainingConfig(optimizer="adam", learning_rate=1e-3),
        ),
    )
)
