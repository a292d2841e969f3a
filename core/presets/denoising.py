"""Gaussian noise of factor 0.3 on the input, the clean row as the target."""

from core.presets import PRESETS
from core.presets.base import Preset
from core.recipe import Recipe, TrainingConfig

DENOISING = PRESETS.register("Denoising")(
    Preset(
        name="Denoising",
        summary="Sees noisy rows, must give back the clean ones and so learns how columns depend on each other.",
        order=6,
        recipe=Recipe(
            preset="Denoising",
            model="denoising",
            model_settings={
                "base": "dense",
                "noise": "gaussian",
                "noise_level": 0.3,
                "hidden_dims": (128, 64),
                "latent": 32,
                "latent_unit": "fitted",
            },
            training=TrainingConfig(optimizer="adam", learning_rate=1e-3),
        ),
    )
)
