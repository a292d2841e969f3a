"""The preset Convolutions on windows: strided, with masked spans, scored as the recommended recipe."""

from core.presets import PRESETS
from core.presets.base import Preset
from core.recipe import Recipe, ScoreConfig, SplitConfig, ThresholdConfig, TrainingConfig

CONV_WINDOWS = PRESETS.register("Convolutions on windows")(
    Preset(
        name="Convolutions on windows",
        summary="Strided convolutions with masked spans; for shapes that matter wherever they are in a window.",
        order=42,
        recipe=Recipe(
            preset="Convolutions on windows",
            modality="series",
            model="conv_windows",
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
