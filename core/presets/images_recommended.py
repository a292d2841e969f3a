"""The recipe to start from with images: an autoencoder of the features of a network that knows photographs.

Measured on solar cells, circuit boards, a drawn texture and digits (``anomalens bench images``). Without the weights
of that network it cannot be trained; then the next preset is the best.
"""

from core.presets import PRESETS
from core.presets.base import Preset
from core.recipe import Recipe, ScoreConfig, SplitConfig, ThresholdConfig, TrainingConfig

FEATURES = PRESETS.register("Recommended (images)")(
    Preset(
        name="Recommended (images)",
        summary="Features of a network that knows photographs, rebuilt place by place: small defects show. Start here.",
        order=1,
        recipe=Recipe(
            preset="Recommended (images)",
            modality="image",
            model="feature_grid",
            model_settings={"hidden": 256, "latent": 64, "noise": 0.2, "places": 1_024},
            encoding={"reads": "features"},
            training=TrainingConfig(
                steps=700,
                batch_size=4,
                optimizer="adamw",
                learning_rate=2e-3,
                weight_decay=1e-4,
                schedule="warmup-cosine",
                warmup_steps=70,
                snapshot_epochs=1_000,
            ),
            split=SplitConfig(validation=0.2),
            score=ScoreConfig(kind="regions"),
            threshold=ThresholdConfig(rule="percentile", value=95.0, reference="validation"),
        ),
    )
)
