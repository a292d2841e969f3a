"""A small table of people, and experiments on it that train in a moment."""

from pathlib import Path

import numpy as np
import pandas as pd

from core.detector.experiment import Experiment
from core.index.schema import infer_schema
from core.index.table import Table
from core.modalities.tabular.samples import TabularSamples
from core.recipe import Recipe, SplitConfig, TrainingConfig

QUICK = Recipe(
    model_settings={"hidden_dims": (16,), "latent": 2, "activation": "gelu"},
    training=TrainingConfig(steps=40, batch_size=32, learning_rate=0.01, snapshot_epochs=2),
    split=SplitConfig(kind="normals", validation=0.2),
    members=2,
)


def people(n: int = 240, seed: int = 0) -> pd.DataFrame:
    """Rows on a curved line, a category that follows it, and one anomaly in six that leaves it."""
    rng = np.random.default_rng(seed)
    t = rng.normal(size=n)
    label = (rng.random(n) < 1 / 6).astype(int)
    frame = pd.DataFrame(
        {
            "height": 170 + 9 * t,
            "weight": 70 + 12 * t + rng.normal(scale=0.5, size=n),
            "age": np.round(40 + 5 * t**2 + rng.normal(scale=0.5, size=n), 1),
            "size": np.where(t > 0.5, "large", np.where(t < -0.5, "small", "middle")),
            "label": label,
        }
    )
    odd = label == 1
    frame.loc[odd, "weight"] = 70 + 12 * rng.normal(size=odd.sum())
    frame.loc[odd, "age"] += rng.normal(scale=15, size=odd.sum())
    return frame


def store(frame: pd.DataFrame, folder: Path, name: str = "data") -> Path:
    path = folder / f"{name}.parquet"
    frame.to_parquet(path)
    return path


def experiment(
    frame: pd.DataFrame, folder: Path, recipe: Recipe = QUICK, test: pd.DataFrame | None = None
) -> Experiment:
    second = None if test is None else store(test, folder, "test")
    table = Table(store(frame, folder), second)
    return Experiment(TabularSamples(table, infer_schema(table)), recipe)


def finished(frame: pd.DataFrame, folder: Path, recipe: Recipe = QUICK) -> Experiment:
    made = experiment(frame, folder, recipe)
    list(made.run())
    return made
