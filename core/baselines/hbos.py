"""HBOS: how few training rows share a row's values, by a histogram per column."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from core.baselines import BASELINES
from core.baselines.base import Baseline, Rows
from core.params import param


@BASELINES.register("hbos")
class Histograms(Baseline):
    """Sum of minus log heights of a histogram per column; outside is an empty bin (Goldstein, Dengel, 2012)."""

    title = "Histograms (HBOS)"
    when = "A first look at many rows: the quickest, blind to how columns go together."
    order = 8

    @dataclass(frozen=True)
    class Config:
        """How fine the histograms are."""

        bins: int = param(10, "Bins of equal width per column.", low=2, high=1000)
        floor: float = param(
            0.1,
            "Added to each bin's height, of which the highest is 1; smaller punishes empty bins more.",
            low=1e-6,
            high=1.0,
            label="Height of an empty bin",
        )

    def _fitted(self, x: Rows) -> Any:
        bins, low, high = self.config.bins, x.min(axis=0).astype(np.float64), x.max(axis=0).astype(np.float64)
        width = np.where(high > low, (high - low) / bins, 1.0)
        heights = np.zeros((bins + 2, x.shape[1]))  # one bin more at either end: outside, and empty
        for j, places in enumerate(_places(x, low, width, bins).T):
            counts = np.bincount(places, minlength=bins + 2)
            heights[:, j] = counts / counts.max()
        return low, width, -np.log(heights + self.config.floor)

    def _scored(self, x: Rows) -> Any:
        low, width, rarity = self.estimator_
        places = _places(x, low, width, self.config.bins)
        return np.take_along_axis(rarity, places, axis=0).sum(axis=1)


def _places(x: Rows, low: Any, width: Any, bins: int) -> Any:
    """The bin of each value, from 1; 0 and ``bins + 1`` are outside. The last bin holds its upper edge."""
    steps = (x - low) / width
    places = np.floor(np.clip(steps, -1, bins + 1)).astype(np.int64) + 1
    # A rounding error beyond the highest training value is not outside.
    return np.where((steps >= bins) & (steps <= bins * (1 + 1e-6)), bins, np.clip(places, 0, bins + 1))
