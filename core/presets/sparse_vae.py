"""The preset Sparse VAE: a variational autoencoder with a sparsity penalty on its code."""

from core.presets import PRESETS
from core.presets._measured import ENCODING, NETWORK, TRAINING
from core.presets.base import Preset
from core.recipe import Recipe, ScoreConfig

SPARSE_VAE = PRESETS.register("Sparse VAE")(
    Preset(
        name="Sparse VAE",
        summary="A variational network with few active code units: scores with an uncertainty, units that can be read.",
        order=33,
        recipe=Recipe(
            preset="Sparse VAE",
            model="sparse_vae",
            model_settings={
                **NETWORK,
                "reduction": "sum",
                "beta": 1.0,
                "penalty": "kl",
                "target_activation": 0.05,
                "sparsity": 0.3,
            },
            encoding=ENCODING,
            training=TRAINING,
            score=ScoreConfig(kind="mse", passes=10),
        ),
    )
)
