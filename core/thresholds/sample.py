"""Sorted scores, single or as counts per value: quantiles and counts above a threshold in logarithmic time.

As counts they are a resample of the bootstrap: a rule does the same with a million rows and with two thousand values
that stand for them.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

Scores = NDArray[np.float64]
Counts = NDArray[np.int64]


@dataclass(frozen=True)
class SortedScores:
    """Some rows' scores; equal ones are allowed, infinite ones too."""

    values: Scores
    """Ascending."""
    counts: Counts | None = None
    """How many rows have each value, 0 allowed; None where every row has its own place."""
    lows: Scores | None = None
    """With counts: the rows at a place are spread evenly from here to its value; None puts them all at the value."""

    @classmethod
    def of(cls, scores: ArrayLike) -> "SortedScores":
        """Scores in any order."""
        return cls(np.sort(np.asarray(scores, dtype=np.float64)))

    @property
    def size(self) -> int:
        """Rows."""
        return int(self._below[-1]) if self.counts is not None else int(self.values.size)

    @cached_property
    def _below(self) -> Counts:
        """Rows before each value, and all of them at the end; only where there are counts."""
        assert self.counts is not None
        below = np.zeros(self.counts.size + 1, dtype=np.int64)
        np.cumsum(self.counts, out=below[1:])
        return below

    def ranked(self, rank: int) -> float:
        """The score of that rank, from 0 for the lowest row."""
        if self.counts is None:
            return float(self.values[rank])
        place = int(np.searchsorted(self._below, rank, side="right")) - 1
        high = float(self.values[place])
        if self.lows is None or not high > self.lows[place]:
            return high
        part = (rank - self._below[place] + 0.5) / self.counts[place]
        return float(self.lows[place] + (high - self.lows[place]) * part)

    def quantile(self, share: float) -> float:
        """The score that so many of the rows stay below, linear between two rows."""
        place = share * (self.size - 1)
        low = int(np.floor(place))
        a, b = self.ranked(low), self.ranked(min(low + 1, self.size - 1))
        # Between a number and infinity there is no line to interpolate on.
        if not np.isfinite(b - a):
            return a
        part = place - low
        return a + (b - a) * part if part < 0.5 else b - (b - a) * (1 - part)

    def above(self, thresholds: ArrayLike) -> Counts:
        """Rows with a score above each threshold."""
        return self.size - self._rows_before(thresholds, "right")

    def at_least(self, scores: ArrayLike) -> Counts:
        """Rows with each score or a higher one."""
        return self.size - self._rows_before(scores, "left")

    def leaving(self, rows: int) -> float:
        """The lowest score such that at most so many rows are above it: a row's own, or just below all of them."""
        if rows >= self.size:
            return float(np.nextafter(self.ranked(0), -np.inf))
        return self.ranked(self.size - 1 - rows)

    def exceeding(self, score: float) -> tuple[Scores, Counts]:
        """The places above a score, ascending, with how many rows there are at each."""
        first = int(np.searchsorted(self.values, score, side="right"))
        values = self.values[first:]
        if self.counts is None:
            return values, np.ones(values.size, dtype=np.int64)
        if self.lows is not None:
            values = (np.maximum(self.lows[first:], score) + values) / 2
        some = self.counts[first:] > 0
        return values[some], self.counts[first:][some]

    def distinct(self) -> Scores:
        """Every score that a row has, once, ascending."""
        if self.counts is not None:
            return self.values[self.counts > 0]
        if not self.values.size:
            return self.values
        first: Scores = self.values[np.concatenate([[True], self.values[1:] != self.values[:-1]])]
        return first

    def apart(self, centre: float) -> "SortedScores":
        """How far each row is from a centre."""
        far = np.abs(self.values - centre)
        lows = far if self.lows is None else np.abs(self.lows - centre)
        far, lows = np.maximum(far, lows), np.minimum(far, lows)
        order = np.argsort(far, kind="stable")
        if self.counts is None:
            return SortedScores(far[order])
        return SortedScores(far[order], self.counts[order], lows[order])

    def _rows_before(self, scores: ArrayLike, side: Literal["left", "right"]) -> Counts:
        places = np.searchsorted(self.values, scores, side=side)
        if self.counts is None:
            return np.asarray(places, dtype=np.int64)
        before = self._below[places]
        if self.lows is None:
            return np.asarray(before)
        inside = np.minimum(places, self.values.size - 1)
        low, high = self.lows[inside], self.values[inside]
        with np.errstate(invalid="ignore", divide="ignore"):
            part = np.where(high > low, (np.asarray(scores) - low) / (high - low), 0.0)
        partly = (np.clip(part, 0.0, 1.0) * self.counts[inside]).astype(np.int64)
        return np.asarray(before + np.where(places < self.values.size, partly, 0))


def merged(*samples: SortedScores) -> SortedScores:
    """The rows of several samples in one; samples with counts must have the same values."""
    filled = [sample for sample in samples if sample.size]
    if len(filled) <= 1:
        return filled[0] if filled else SortedScores(np.empty(0))
    counts = [sample.counts for sample in filled if sample.counts is not None]
    if counts:
        return SortedScores(filled[0].values, np.sum(counts, axis=0), filled[0].lows)
    # A stable sort merges runs that are sorted already.
    return SortedScores(np.sort(np.concatenate([sample.values for sample in filled]), kind="stable"))
