"""Autoencoders of pixels: the plain one, and the one of random squares that needs few images."""

from core.presets import PRESETS
from core.presets.base import Preset
from core.recipe import Recipe, ScoreConfig, ThresholdConfig, TrainingConfig

SQUARES = PRESETS.register("Image squares")(
    Preset(
        name="Image squares",
        summary="From scratch, of few images: random squares, squared errors and structure, judged place by place.",
        order=2,
        recipe=Recipe(
            preset="Image squares",
            modality="image",
            model="conv",
            model_settings={"channels": [16, 32, 64], "grid_channels": 8, "loss": "mse and ssim", "crop": 64},
            encoding={"size": 256},
            training=TrainingConfig(
                steps=1_500, batch_size=8, learning_rate=2e-3, schedule="cosine", snapshot_epochs=1_000
            ),
            score=ScoreConfig(kind="regions"),
            threshold=ThresholdConfig(rule="percentile", value=95.0, reference="validation"),
        ),
    )
)
CONV = PRESETS.register("Conv AE")(
    Preset(
        name="Conv AE",
        summary="Convolutions of 32, 64 and 128 channels that halve the image, mirrored; each pixel's squared error.",
        order=3,
        recipe=Recipe(
            preset="Conv AE",
            modality="image",
            model="conv",
            model_settings={"channels": [32, 64, 128]},
            training=TrainingConfig(epochs=50, batch_size=64, learning_rate=1e-3, snapshot_epochs=10),
            score=ScoreConfig(kind="mse"),
            threshold=ThresholdConfig(rule="percentile", value=95.0, reference="validation"),
        ),
    )
)
