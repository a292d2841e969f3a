"""Samples that differ in length: how many units each has is known to its units, and to whoever decodes them."""

from typing import Any

import numpy as np
from window_model import WindowModel

from core.detector.trained import TrainedDetector
from core.modalities.layout import Layout
from core.modalities.units import CachedUnits, Pooling
from core.recipe import Recipe, ScoreConfig
from core.scoring.scorer import Scorer

WIDTH = 4
RAW = [np.full((pieces * WIDTH, 2), k, dtype=np.float32) for k, pieces in enumerate((1, 3, 2))]
"""Series of one, three and two pieces."""


class Pieces(CachedUnits):
    """Pieces that know how many of them a series has."""

    counts: list[int]


class SeriesEncoder:
    """Cuts series into pieces, each as it is; a channel is a part, and people read its mean."""

    layout = Layout(("time", "channel"), (WIDTH, 2), {}, ("rpm", "heat"), np.tile(np.arange(2), (WIDTH, 1)))

    def encode(self, raw: list[np.ndarray]) -> Pieces:
        cut = np.concatenate([x.reshape(-1, WIDTH, 2) for x in raw])
        counts = [len(x) // WIDTH for x in raw]
        series = np.repeat(np.arange(len(raw)), counts)
        pooling = Pooling(np.arange(len(cut)), series, units=len(cut), samples=len(raw), how="max")
        units = Pieces(self.layout, len(cut), lambda k: cut[k], pooling=pooling)
        units.counts = counts
        return units

    def inverse(self, x: np.ndarray, of: Any = None) -> list[np.ndarray]:
        counts = [1] * len(x) if of is None else of.counts
        return [piece.reshape(-1, 2) for piece in np.split(x, np.cumsum(counts)[:-1])]

    def part_values(self, raw: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        values = np.array([x.mean(axis=0) for x in raw], dtype=np.float64)
        return values, values.astype(str).astype(object)


def test_every_series_is_explained_whatever_its_length() -> None:
    config = ScoreConfig(kind="mse", beside="none", third="none")
    member = WindowModel.create({}, (WIDTH, 2)).eval()
    detector = TrainedDetector(Recipe(score=config), SeriesEncoder(), [member], Scorer(config), threshold=0.5)
    found = detector.explain(RAW)
    assert found["row"].tolist() == [0, 0, 1, 1, 2, 2]
    assert found["actual_value"].tolist() == [0, 0, 1, 1, 2, 2]
    assert found["expected_value"].tolist() == [0, 0, 2, 2, 4, 4]
