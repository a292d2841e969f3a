"""The preset Denoising: Gaussian noise of factor 0.3 on the input, the clean row as the target."""

from core.presets import PRESETS
from core.presets._measured import ENCODING, NETWORK, TRAINING
from core.presets.base import Preset
from core.recipe import Recipe

DENOISING = PRESETS.register("Denoising")(
    Preset(
        name="Denoising",
        summary="Sees noisy rows, must give back the clean ones and so learns how columns depend on each other.",
        order=6,
        recipe=Recipe(
            preset="Denoising",
            model="denoising",
            model_settings={"base": "dense", "noise": "gaussian", "noise_level": 0.3, **NETWORK},
            encoding=ENCODING,
            training=TRAINING,
        ),
    )
)
