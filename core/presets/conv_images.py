"""Autoencoders of pixels: the plain one, the one of random squares that needs few images, and their variants."""

from dataclasses import replace

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


def _variant(name: str, summary: str, model: str, order: int, *, score: str = "regions", **settings: object) -> Preset:
    """A preset of another network of pixels, trained as the plain one is."""
    recipe = CONV.recipe
    return PRESETS.register(name)(
        Preset(
            name=name,
            summary=summary,
            order=order,
            recipe=replace(
                recipe, preset=name, model=model, model_settings=dict(settings), score=replace(recipe.score, kind=score)
            ),
        )
    )


CONV_VAE = _variant(
    "Conv VAE", "Small images of one kind: codes with a spread, new images from the prior, SSIM as the score.",
    "conv_vae", 4, score="structure", latent=64,
)  # fmt: skip
MEDICAL = _variant(
    "Medical image", "Convolutions of 64, 128 and 256 channels with skips, for X-rays and scans.", "medical_image", 5,
    score="mse",
)  # fmt: skip
SMALL_CODE = _variant(
    "Small image code", "An image in 32 numbers: only what all have is rebuilt; for aligned parts.", "conv", 6,
    score="structure", latent=32,
)  # fmt: skip
MENDING = _variant(
    "Mending (U-Net)", "Pasted pieces are learnt to be put right; sharp reconstructions.", "conv_mending", 7
)
MASKED = _variant("Masked patches", "Hidden squares are filled in from what is around them.", "conv_masked", 8)
DENOISING = _variant("Denoising images", "Noise on the pixels is learnt to be undone.", "conv_denoising", 9)
RESIDUAL = _variant("Residual images", "A residual block after each halving, for larger sets.", "conv_residual", 10)
