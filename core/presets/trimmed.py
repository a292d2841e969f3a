"""Training that leaves out the worst tenth of each batch, for rows that hold anomalies themselves."""

from core.presets import PRESETS
from core.presets._measured import ENCODING, NETWORK, TRAINING
from core.presets.base import Preset
from core.recipe import Recipe

ROBUST = PRESETS.register("Robust")(
    Preset(
        name="Robust",
        summary="For data without labels: the rows that are rebuilt worst, perhaps anomalies, do not train it.",
        order=7,
        recipe=Recipe(
            preset="Robust",
            model="trimmed",
            model_settings={"base": "dense", "trim": 0.1, **NETWORK},
            encoding=ENCODING,
            training=TRAINING,
        ),
    )
)
