"""The preset Beta-VAE: the weight of the KL term rises from 0 to beta while the learning rate warms up."""

from core.presets import PRESETS
from core.presets.base import Preset
from core.recipe import Recipe, ScoreConfig, TrainingConfig

BETA_VAE = PRESETS.register("Beta-VAE")(
    Preset(
        name="Beta-VAE",
        summary="A variational network with a stronger pull towards the prior: coarser, with a tidier latent space.",
        order=31,
        recipe=Recipe(
            preset="Beta-VAE",
            model="vae",
            model_settings={
                "hidden_dims": (128, 64),
                "latent": 32,
                "latent_unit": "fitted",
                "reduction": "sum",
                "beta": 4.0,
                "anneal_epochs": 20,
            },
            training=TrainingConfig(
                optimizer="adam", learning_rate=1e-3, schedule="warmup-exponential", warmup_epochs=5.0, gamma=0.95
            ),
            score=ScoreConfig(kind="mse", passes=10),
        ),
    )
)
