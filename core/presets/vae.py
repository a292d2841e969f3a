"""The preset VAE: a variational autoencoder with a Monte-Carlo score and its uncertainty."""

from core.presets import PRESETS
from core.presets.base import Preset
from core.recipe import Recipe, ScoreConfig, TrainingConfig

VAE = PRESETS.register("VAE")(
    Preset(
        name="VAE",
        summary="A variational network: each score comes with its uncertainty, and the latent space is smooth.",
        order=3,
        recipe=Recipe(
            preset="VAE",
            model="vae",
            model_settings={
                "hidden_dims": (128, 64),
                "latent": 32,
                "latent_unit": "fitted",
                "reduction": "sum",
                "beta": 1.0,
                "anneal_epochs": 10,
            },
            training=TrainingConfig(
                optimizer="adam", learning_rate=1e-3, schedule="warmup-exponential", warmup_epochs=5.0, gamma=0.95
            ),
            score=ScoreConfig(kind="mse", passes=10),
        ),
    )
)
