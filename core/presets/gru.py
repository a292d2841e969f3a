"""The preset GRU: as LSTM, with gated recurrent units."""

from core.presets import PRESETS
from core.presets.base import Preset
from core.recipe import Recipe, ScoreConfig, SplitConfig, ThresholdConfig, TrainingConfig

GRU = PRESETS.register("GRU")(
    Preset(
        name="GRU",
        summary="As LSTM, with a simpler cell and a quarter fewer weights.",
        order=41,
        recipe=Recipe(
            preset="GRU",
            modality="series",
            model="gru",
            model_settings={"hidden": 64, "layers": 2, "dropout": 0.2},
            training=TrainingConfig(epochs=50, batch_size=64, optimizer="adam", learning_rate=1e-3),
            encoding={"window": 60},
            split=SplitConfig(kind="chronological", validation=0.1, validation_order="last"),
            score=ScoreConfig(kind="mse"),
            threshold=ThresholdConfig(rule="percentile", value=95.0, reference="train"),
        ),
    )
)
