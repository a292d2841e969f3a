"""The preset Bernoulli VAE: a variational autoencoder with binary cross-entropy on inputs scaled to [0, 1]."""

from core.presets import PRESETS
from core.presets.base import Preset
from core.recipe import Recipe, ScoreConfig, TrainingConfig

BERNOULLI_VAE = PRESETS.register("Bernoulli VAE")(
    Preset(
        name="Bernoulli VAE",
        summary="For yes-or-no columns and shares: numbers are scaled to [0, 1], each output is a probability.",
        order=32,
        recipe=Recipe(
            preset="Bernoulli VAE",
            model="bernoulli_vae",
            model_settings={
                "hidden_dims": (400,),
                "latent": 20,
                "latent_unit": "fitted",
                "reduction": "sum",
                "beta": 1.0,
            },
            training=TrainingConfig(optimizer="adam", learning_rate=1e-3),
            encoding={"numbers": "minmax"},
            score=ScoreConfig(kind="mse", passes=10),
        ),
    )
)
