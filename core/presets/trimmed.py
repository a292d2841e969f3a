"""The preset Robust: training that leaves out the worst tenth of each batch, for contaminated training rows."""

from core.presets import PRESETS
from core.presets._measured import ENCODING, NETWORK, TRAINING
from core.presets.base import Preset
from core.recipe import Recipe, ScoreConfig

ROBUST = PRESETS.register("Robust")(
    Preset(
        name="Robust",
        summary="For data without labels: rows that are rebuilt worst are left out; far from the crowd is odd.",
        order=7,
        recipe=Recipe(
            preset="Robust",
            model="trimmed",
            model_settings={"base": "dense", "trim": 0.1, **NETWORK},
            encoding=ENCODING,
            training=TRAINING,
            # Anomalies that come in groups are near to each other and rebuilt well, but far from any crowd.
            score=ScoreConfig(kind="mse", beside="crowd"),
        ),
    )
)
