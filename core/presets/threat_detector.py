"""The preset Threat detector: a narrow network, early stopping, and validation on the newest rows."""

from core.presets import PRESETS
from core.presets.base import Preset
from core.recipe import Recipe, ScoreConfig, SplitConfig, ThresholdConfig, TrainingConfig

THREAT_DETECTOR = PRESETS.register("Threat detector")(
    Preset(
        name="Threat detector",
        summary="For logs and metrics in order of time: learns the older rows, validates on the newest.",
        order=2,
        recipe=Recipe(
            preset="Threat detector",
            model="dense",
            # 35 -> 24 -> 12 -> 6 and back, as shares of the input's width.
            model_settings={
                "hidden_dims": (69, 34),
                "hidden_unit": "percent",
                "latent": 17,
                "latent_unit": "percent",
                "activation": "leaky_relu",
                "slope": 0.2,
                "normalisation": "batch",
                "dropout": 0.2,
            },
            training=TrainingConfig(
                epochs=100,
                batch_size=256,
                optimizer="adamw",
                learning_rate=1e-3,
                weight_decay=1e-5,
                schedule="plateau",
                plateau_factor=0.5,
                plateau_patience=5,
                min_learning_rate=1e-6,
                gradient_clip=1.0,
                patience=10,
            ),
            # No row is shuffled across time: the last part is judged, and of the rest the last 15 % validate.
            split=SplitConfig(kind="chronological", validation=0.15, validation_order="last"),
            score=ScoreConfig(kind="mse"),
            threshold=ThresholdConfig(rule="percentile", value=99.5, reference="validation"),
        ),
    )
)
