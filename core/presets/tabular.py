"""The preset Tabular: a common dense autoencoder for tables, with a score between 0 and 1."""

from core.presets import PRESETS
from core.presets.base import Preset
from core.recipe import Recipe, ScoreConfig, SplitConfig, ThresholdConfig, TrainingConfig

TABULAR = PRESETS.register("Tabular")(
    Preset(
        name="Tabular",
        summary="One network with batch normalisation and dropout; the score runs from 0 to 1, the threshold is 0.5.",
        order=1,
        recipe=Recipe(
            preset="Tabular",
            model="dense",
            model_settings={
                "hidden_dims": (128, 64),
                "latent": 32,
                "latent_unit": "fitted",
                "activation": "relu",
                "normalisation": "batch",
                "dropout": 0.2,
            },
            training=TrainingConfig(optimizer="adam", learning_rate=1e-3, batch_size=256),
            split=SplitConfig(validation=0.2),
            # clip(error / (2 x threshold), 0, 1)
            score=ScoreConfig(kind="mse", normalise="threshold"),
            threshold=ThresholdConfig(rule="percentile", value=95.0, reference="train"),
        ),
    )
)
