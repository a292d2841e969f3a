"""The best detector of series that was measured here: a masked network on windows, and a linear model beside it.

A window is odd where what the network gets wrong of it is unlike all that it got wrong while training. Measured ahead
on 68 labelled series of seven families (``anomalens bench series``).
"""

from core.presets import PRESETS
from core.presets.base import Preset
from core.recipe import Recipe, ScoreConfig, SplitConfig, ThresholdConfig, TrainingConfig

RECOMMENDED_SERIES = PRESETS.register("Recommended (series)")(
    Preset(
        name="Recommended (series)",
        summary="A masked network on windows; a moment is odd when its error has no usual shape. Start here.",
        order=0,
        recipe=Recipe(
            preset="Recommended (series)",
            modality="series",
            model="dense_windows",
            model_settings={"masked": 0.25},
            training=TrainingConfig(
                steps=800,
                batch_size=128,
                optimizer="adamw",
                learning_rate=1e-3,
                weight_decay=0.01,
                schedule="warmup-cosine",
                warmup_steps=80,
                # A look at the windows costs as much as many steps of this network.
                snapshot_epochs=10,
            ),
            split=SplitConfig(kind="chronological", validation=0.1, validation_order="last"),
            score=ScoreConfig(kind="residual_neighbours", beside="principal", weights="first"),
            threshold=ThresholdConfig(rule="percentile", value=99.5, reference="validation"),
        ),
    )
)
