"""The mean squared error, and the squared Frobenius norm of the encoder's Jacobian."""

from core.presets import PRESETS
from core.presets.base import Preset
from core.recipe import Recipe, TrainingConfig

CONTRACTIVE = PRESETS.register("Contractive")(
    Preset(
        name="Contractive",
        summary="Small changes of a row must not move its code: for noisy measurements.",
        order=13,
        recipe=Recipe(
            preset="Contractive",
            model="contractive",
            model_settings={
                "base": "dense",
                "contraction": 0.01,
                "hidden_dims": (128, 64),
                "latent": 32,
                "latent_unit": "fitted",
            },
            training=TrainingConfig(optimizer="adam", learning_rate=1e-3),
        ),
    )
)
