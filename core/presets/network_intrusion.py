"""The preset Network intrusion: a 41-30-15-30-41 autoencoder with a sparse sigmoid code, for normal traffic."""

from core.presets import PRESETS
from core.presets.base import Preset
from core.recipe import Recipe, TrainingConfig

NETWORK_INTRUSION = PRESETS.register("Network intrusion")(
    Preset(
        name="Network intrusion",
        summary="A small sparse network that learns normal traffic; flags connections that are unlike it.",
        order=15,
        recipe=Recipe(
            preset="Network intrusion",
            model="sparse",
            model_settings={
                "hidden_dims": (30,),
                "latent": 15,
                "latent_unit": "fitted",
                "activation": "relu",
                "penalty": "kl",
                "target_activation": 0.05,
                "sparsity": 0.3,
            },
            training=TrainingConfig(optimizer="adam", learning_rate=1e-3),
        ),
    )
)
