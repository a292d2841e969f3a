"""A hypersphere around the codes, beside the reconstruction."""

from core.presets import PRESETS
from core.presets.base import Preset
from core.recipe import Recipe, TrainingConfig

SVDD = PRESETS.register("Deep SVDD")(
    Preset(
        name="Deep SVDD",
        summary="Draws the codes of normal rows together: a row far from their centre is odd even if rebuilt well.",
        order=19,
        recipe=Recipe(
            preset="Deep SVDD",
            model="svdd",
            model_settings={
                "hidden_dims": (128, 64),
                "latent": 32,
                "latent_unit": "fitted",
                "activation": "leaky_relu",
                "distance": 0.1,
            },
            training=TrainingConfig(optimizer="adamw", learning_rate=1e-3, weight_decay=1e-4),
        ),
    )
)
