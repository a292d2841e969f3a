"""Training that leaves out the worst tenth of each batch, for rows that hold anomalies themselves."""

from core.presets import PRESETS
from core.presets.base import Preset
from core.recipe import Recipe, TrainingConfig

ROBUST = PRESETS.register("Robust")(
    Preset(
        name="Robust",
        summary="For data without labels: the rows that are rebuilt worst, perhaps anomalies, do not train it.",
        order=7,
        recipe=Recipe(
            preset="Robust",
            model="trimmed",
            model_settings={
                "base": "dense",
                "trim": 0.1,
                "hidden_dims": (128, 64),
                "latent": 32,
                "latent_unit": "fitted",
            },
            training=TrainingConfig(optimizer="adam", learning_rate=1e-3),
        ),
    )
)
