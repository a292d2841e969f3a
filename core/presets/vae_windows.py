"""The preset VAE (series): a variational network on windows, whose scores come with their uncertainty."""

from core.presets import PRESETS
from core.presets.base import Preset
from core.recipe import Recipe, ScoreConfig, SplitConfig, ThresholdConfig, TrainingConfig

VAE_WINDOWS = PRESETS.register("VAE (series)")(
    Preset(
        name="VAE (series)",
        summary="A network whose code is random: each score comes with its uncertainty.",
        order=45,
        recipe=Recipe(
            preset="VAE (series)",
            modality="series",
            model="dense_windows_vae",
            model_settings={"anneal_epochs": 5},
            training=TrainingConfig(
                steps=800,
                batch_size=128,
                optimizer="adamw",
                learning_rate=1e-3,
                schedule="warmup-cosine",
                warmup_steps=80,
                snapshot_epochs=10,
            ),
            encoding={},
            split=SplitConfig(kind="chronological", validation=0.1, validation_order="last"),
            score=ScoreConfig(kind="mse", passes=8),
            threshold=ThresholdConfig(rule="percentile", value=99.5, reference="validation"),
        ),
    )
)
