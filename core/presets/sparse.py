"""The preset Sparse: a sigmoid code kept sparse by KL(rho || rho_hat) with rho = 0.05 and weight 0.3."""

from core.presets import PRESETS
from core.presets.base import Preset
from core.recipe import Recipe, TrainingConfig

SPARSE = PRESETS.register("Sparse")(
    Preset(
        name="Sparse",
        summary="Each row activates only a few units of the code, so that the units can be read.",
        order=14,
        recipe=Recipe(
            preset="Sparse",
            model="sparse",
            model_settings={
                "hidden_dims": (256,),
                "latent": 64,
                "latent_unit": "fitted",
                "penalty": "kl",
                "target_activation": 0.05,
                "sparsity": 0.3,
            },
            training=TrainingConfig(optimizer="adam", learning_rate=1e-3),
        ),
    )
)
