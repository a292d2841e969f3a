"""The preset Diffusion denoising: the diffusion-scheduled denoising autoencoder (KDD 2025)."""

from core.presets import PRESETS
from core.presets.base import Preset
from core.recipe import Recipe, TrainingConfig

DIFFUSION = PRESETS.register("Diffusion denoising")(
    Preset(
        name="Diffusion denoising",
        summary="Undoes noise of every strength, from a trace to a lot: the best denoising network in print.",
        order=8,
        recipe=Recipe(
            preset="Diffusion denoising",
            model="diffusion",
            model_settings={
                "hidden_dims": (256,),
                "latent": 100,
                "latent_unit": "percent",
                "activation": "leaky_relu",
                "noise_steps": 50,
            },
            training=TrainingConfig(steps=3000, optimizer="adam", learning_rate=1e-3),
        ),
    )
)
