"""Self-attention over feature tokens before a dense encoder."""

from core.presets import PRESETS
from core.presets.base import Preset
from core.recipe import Recipe, TrainingConfig

ATTENTION = PRESETS.register("Attention")(
    Preset(
        name="Attention",
        summary="Features look at each other before the row is squeezed; slower, for up to about a hundred columns.",
        order=16,
        recipe=Recipe(
            preset="Attention",
            model="attention",
            model_settings={
                "hidden_dims": (128, 64),
                "latent": 32,
                "latent_unit": "fitted",
                "token_width": 16,
                "heads": 2,
            },
            training=TrainingConfig(epochs=50, optimizer="adam", learning_rate=1e-3),
        ),
    )
)
