"""The decoder's weights are the transposes of the encoder's."""

from core.presets import PRESETS
from core.presets.base import Preset
from core.recipe import Recipe, TrainingConfig

TIED = PRESETS.register("Tied weights")(
    Preset(
        name="Tied weights",
        summary="The decoder uses the encoder's weights backwards: half as much to learn, for tables of few rows.",
        order=11,
        recipe=Recipe(
            preset="Tied weights",
            model="tied",
            model_settings={
                "hidden_dims": (128, 64),
                "latent": 32,
                "latent_unit": "fitted",
                "activation": "leaky_relu",
            },
            training=TrainingConfig(optimizer="adam", learning_rate=1e-3),
        ),
    )
)
