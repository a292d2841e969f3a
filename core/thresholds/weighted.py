"""Judged scores, each with how many samples it stands for: shares of the data as it came, and their thresholds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.thresholds._counting import allowed_rows
from core.thresholds.sample import SortedScores, merged

_HALVINGS = 60


@dataclass(frozen=True)
class WeightedScores:
    """Some rows' scores by class, and the weight of a row of each class."""

    scores: Mapping[str, SortedScores]
    weights: Mapping[str, float] = field(default_factory=dict)
    """1 for a class that is not named."""

    @cached_property
    def batch(self) -> SortedScores:
        """Every row once."""
        return merged(*self.scores.values())

    @cached_property
    def total(self) -> float:
        """Rows of the data as it came that these stand for."""
        return sum(self._weight(name) * rows.size for name, rows in self.scores.items())

    def above(self, thresholds: ArrayLike) -> NDArray[np.float64]:
        """How many rows of the data as it came would be above each threshold."""
        counts = [self._weight(name) * rows.above(thresholds) for name, rows in self.scores.items() if rows.size]
        return np.sum(counts, axis=0) if counts else np.zeros(np.shape(thresholds))

    def share_above(self, threshold: float) -> float | None:
        """The share of the data as it came that would be above a threshold; None without rows."""
        return float(self.above(threshold)) / self.total if self.total else None

    def leaving(self, share: float) -> float:
        """The lowest score such that at most this share of the data as it came is above it; there must be rows."""
        batch = self.batch
        if self._alike:
            return batch.leaving(allowed_rows(share, batch.size))
        allowed = share * self.total * (1 + 1e-12)
        places = batch.distinct()
        fits = self.above(places) <= allowed
        first = int(np.argmax(fits))
        if first == 0:
            lowest = float(np.nextafter(batch.ranked(0), -np.inf))
            return lowest if float(self.above(lowest)) <= allowed else float(places[0])
        if batch.counts is None:
            return float(places[first])
        return self._between(float(places[first - 1]), float(places[first]), allowed)

    def equal(self, threshold: float) -> int:
        """How many rows have this very score."""
        return int(self.batch.at_least(threshold)) - int(self.batch.above(threshold))

    def _between(self, low: float, high: float, allowed: float) -> float:
        """Where rows are spread evenly between two places, the lowest score that leaves few enough above it."""
        for _ in range(_HALVINGS):
            middle = low + (high - low) / 2
            if not low < middle < high:
                break
            low, high = (low, middle) if float(self.above(middle)) <= allowed else (middle, high)
        return high

    @property
    def _alike(self) -> bool:
        some = {self._weight(name) for name, rows in self.scores.items() if rows.size}
        return len(some) <= 1

    def _weight(self, name: str) -> float:
        return self.weights.get(name, 1.0)
