"""A VAE with the sparsity penalty on its code."""

from core.presets import PRESETS
from core.presets.base import Preset
from core.recipe import Recipe, ScoreConfig, TrainingConfig

SPARSE_VAE = PRESETS.register("Sparse VAE")(
    Preset(
        name="Sparse VAE",
        summary="A variational network with few active code units: scores with an uncertainty, units that can be read.",
        order=33,
        recipe=Recipe(
            preset="Sparse VAE",
            model="sparse_vae",
            model_settings={
                "hidden_dims": (128, 64),
                "latent": 32,
                "latent_unit": "fitted",
                "reduction": "sum",
                "beta": 1.0,
                "penalty": "kl",
                "sparsity": 0.3,
            },
            training=TrainingConfig(optimizer="adam", learning_rate=1e-3),
            score=ScoreConfig(kind="mse", passes=10),
        ),
    )
)
