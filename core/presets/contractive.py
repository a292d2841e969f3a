"""The preset Contractive: mean squared error plus the squared Frobenius norm of the encoder's Jacobian."""

from core.presets import PRESETS
from core.presets._measured import ENCODING, NETWORK, TRAINING
from core.presets.base import Preset
from core.recipe import Recipe

CONTRACTIVE = PRESETS.register("Contractive")(
    Preset(
        name="Contractive",
        summary="Small changes of a row must not move its code: for noisy measurements.",
        order=13,
        recipe=Recipe(
            preset="Contractive",
            model="contractive",
            model_settings={"base": "dense", "contraction": 0.001, **NETWORK},
            encoding=ENCODING,
            training=TRAINING,
        ),
    )
)
