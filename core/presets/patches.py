"""The preset Patch transformer: attention between pieces of a window, with masked spans."""

from core.presets import PRESETS
from core.presets.base import Preset
from core.recipe import Recipe, ScoreConfig, SplitConfig, ThresholdConfig, TrainingConfig

PATCHES = PRESETS.register("Patch transformer")(
    Preset(
        name="Patch transformer",
        summary="Pieces of a window look at each other; half of it is masked while training.",
        order=44,
        recipe=Recipe(
            preset="Patch transformer",
            modality="series",
            model="patches",
            model_settings={"masked": 0.5},
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
