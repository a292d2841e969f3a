"""The preset LSTM: the published recurrent autoencoder over windows of 60 moments."""

from core.presets import PRESETS
from core.presets.base import Preset
from core.recipe import Recipe, ScoreConfig, SplitConfig, ThresholdConfig, TrainingConfig

LSTM = PRESETS.register("LSTM")(
    Preset(
        name="LSTM",
        summary="Reads windows of 60 moments into the state of two LSTM layers and writes them again.",
        order=40,
        recipe=Recipe(
            preset="LSTM",
            modality="series",
            model="lstm",
            model_settings={"hidden": 64, "layers": 2, "dropout": 0.2},
            training=TrainingConfig(epochs=50, batch_size=64, optimizer="adam", learning_rate=1e-3),
            encoding={"window": 60},
            split=SplitConfig(kind="chronological", validation=0.1, validation_order="last"),
            score=ScoreConfig(kind="mse"),
            threshold=ThresholdConfig(rule="percentile", value=95.0, reference="train"),
        ),
    )
)
