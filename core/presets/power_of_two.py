"""The preset Power-of-two dense: linear layers whose widths are powers of two, in effect a deep linear PCA."""

from core.presets import PRESETS
from core.presets.base import Preset
from core.recipe import Recipe, ScoreConfig, ThresholdConfig, TrainingConfig

POWER_OF_TWO = PRESETS.register("Power-of-two dense")(
    Preset(
        name="Power-of-two dense",
        summary="Linear layers that halve the width down to the code; simple, quick and easy to explain.",
        order=4,
        recipe=Recipe(
            preset="Power-of-two dense",
            model="dense",
            model_settings={
                "hidden_unit": "powers of two",
                "latent": 4,
                "latent_unit": "fitted",
                "activation": "linear",
                "reduction": "sum",
            },
            training=TrainingConfig(optimizer="adam", learning_rate=1e-2),
            # The summed absolute error, from 0 to 1 over the training rows; above theta a row is flagged.
            score=ScoreConfig(kind="l1", normalise="minmax"),
            threshold=ThresholdConfig(rule="value", value=0.5),
        ),
    )
)
