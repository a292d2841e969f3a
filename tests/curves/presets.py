"""The recipe to start from with curves."""

from core.presets import PRESETS
from core.presets.base import Preset
from core.recipe import Recipe, TrainingConfig

CURVES = PRESETS.register("Curves")(
    Preset(
        name="Curves",
        summary="A small network over windows of a curve; the worst window says of the curve.",
        order=1,
        recipe=Recipe(
            preset="Curves",
            modality="press_curves",
            model="window_dense",
            training=TrainingConfig(epochs=12, learning_rate=3e-3, batch_size=64),
        ),
    )
)
