"""The preset Collider: trained on background events, evaluated by how much background it rejects."""

from core.presets import PRESETS
from core.presets.base import Preset
from core.recipe import Recipe, ScoreConfig, TrainingConfig

COLLIDER = PRESETS.register("Collider")(
    Preset(
        name="Collider",
        summary="For background and signal events, also as two files; reports the background rejection.",
        order=5,
        recipe=Recipe(
            preset="Collider",
            model="dense",
            model_settings={
                "hidden_dims": (256, 128, 64, 32, 16),
                "latent": 5,
                "latent_unit": "fitted",
                "activation": "leaky_relu",
            },
            training=TrainingConfig(epochs=100, batch_size=128, optimizer="adam", learning_rate=1e-3),
            score=ScoreConfig(kind="mse"),
        ),
    )
)
