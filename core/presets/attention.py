"""The preset Attention: self-attention over feature tokens before a dense encoder."""

from core.presets import PRESETS
from core.presets._measured import ENCODING, NETWORK, TRAINING
from core.presets.base import Preset
from core.recipe import Recipe

ATTENTION = PRESETS.register("Attention")(
    Preset(
        name="Attention",
        summary="Features look at each other before the row is squeezed; slower, for up to about a hundred columns.",
        order=16,
        recipe=Recipe(
            preset="Attention",
            model="attention",
            model_settings={**NETWORK, "token_width": 16, "heads": 2},
            encoding=ENCODING,
            training=TRAINING,
        ),
    )
)
