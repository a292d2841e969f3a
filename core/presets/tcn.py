"""The preset Temporal convolutions: dilated, with masked spans, scored as the recommended recipe."""

from core.presets import PRESETS
from core.presets.base import Preset
from core.recipe import Recipe, ScoreConfig, SplitConfig, ThresholdConfig, TrainingConfig

TCN = PRESETS.register("Temporal convolutions")(
    Preset(
        name="Temporal convolutions",
        summary="Dilated convolutions that see far, with masked spans.",
        order=43,
        recipe=Recipe(
            preset="Temporal convolutions",
            modality="series",
            model="tcn",
            model_settings={"masked": 0.25},
            training=TrainingConfig(
                steps=800,
                batch_size=128,
                optimizer="adamw",
                learning_rate=2e-3,
                schedule="warmup-cosine",
                warmup_steps=80,
                snapshot_epochs=10,
            ),
            encoding={},
            split=SplitConfig(kind="chronological", validation=0.1, validation_order="last"),
            score=ScoreConfig(kind="residual_neighbours", beside="principal", weights="first"),
            threshold=ThresholdConfig(rule="percentile", value=99.5, reference="validation"),
        ),
    )
)
