"""A code that grows to its full size in four stages."""

from core.presets import PRESETS
from core.presets.base import Preset
from core.recipe import Recipe, TrainingConfig

PROGRESSIVE = PRESETS.register("Progressive")(
    Preset(
        name="Progressive",
        summary="The code grows while it trains, so that its units are ordered by how much they explain.",
        order=17,
        recipe=Recipe(
            preset="Progressive",
            model="progressive",
            model_settings={
                "hidden_dims": (128, 64),
                "latent": 32,
                "latent_unit": "fitted",
                "stages": 4,
                "stage_epochs": 15,
            },
            training=TrainingConfig(optimizer="adam", learning_rate=1e-3),
        ),
    )
)
