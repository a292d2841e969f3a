"""The scores of a run as counts on at most 4,096 thresholds: 300 KB at any number of rows, exact at every step.

A histogram, a confusion matrix or the share that is flagged is read from it without touching a row, on the server or in
the browser. A threshold that somebody sets is made a step of the grid, so that its counts are exact as well.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from core.metrics.evaluation import Confusion
from core.metrics.groups import PARTS, ScoreGroups

STEPS = 4096
BINS = 160
ANCHORS = 64
"""Steps kept free for the thresholds that are set later."""

Scores = NDArray[np.float64]
Counts = NDArray[np.int64]


@dataclass(frozen=True)
class Histogram:
    """Rows per bin ``(edges[i], edges[i + 1]]`` and class; the last bin also holds the ``beyond`` rows above it."""

    edges: Scores
    counts: Counts
    """Shape (classes, bins)."""
    beyond: int


@dataclass(frozen=True)
class ScoreGrid:
    """Counts above each of the grid's steps, per part (``PARTS``) and class (``CLASSES``)."""

    steps: Scores
    """Ascending thresholds, at most 4,096; every score is above the first and none above the last."""
    above: Counts
    """Rows with ``score > step``, shape (parts, classes, steps)."""
    linear_edges: Scores
    """Edges of histogram bins of equal width; each is a step. They end where the rare far scores begin."""
    log_edges: Scores
    """Edges of bins of equal ratio; each is a step. Empty when a score is below zero, or none above it."""

    @classmethod
    def build(cls, groups: ScoreGroups, anchors: Sequence[float] = ()) -> "ScoreGrid":
        """Choose the steps and count.

        Parameters
        ----------
        groups
            The run's scores; at least one.
        anchors
            Thresholds that must be steps, such as the run's own.
        """
        pooled = groups.scores()
        finite = pooled[np.isfinite(pooled)]
        if not finite.size:
            finite = np.zeros(1)
        linear, log = _linear_edges(finite, anchors), _log_edges(finite)
        fixed = np.unique(np.concatenate([linear, log, [_below(pooled), pooled[-1]], np.asarray(anchors, float)]))
        steps = _fill(fixed, finite, STEPS - ANCHORS)
        return cls(steps, groups.above(steps), linear, log)

    @property
    def totals(self) -> Counts:
        """Rows of each part and class, shape (parts, classes)."""
        return self.above[:, :, 0]

    def with_step(self, threshold: float, groups: ScoreGroups) -> "ScoreGrid":
        """The same grid with one more step, so that the counts at ``threshold`` are exact."""
        place = int(np.searchsorted(self.steps, threshold))
        if place < self.steps.size and self.steps[place] == threshold:
            return self
        # Below the first step and above the last nothing changes any more: the ends stay the ends.
        if place in (0, self.steps.size):
            return self
        above = np.insert(self.above, place, groups.above(threshold)[:, :, 0], axis=2)
        return replace(self, steps=np.insert(self.steps, place, threshold), above=above)

    def step(self, threshold: float) -> int:
        """The place of a threshold that is a step, or of the step just below it."""
        return max(0, int(np.searchsorted(self.steps, threshold, side="right")) - 1)

    def flagged(self, threshold: float, parts: Sequence[str] = PARTS) -> Counts:
        """Rows above a threshold that is a step, per class."""
        counts: Counts = self.above[_places(parts), :, self.step(threshold)].sum(axis=0)
        return counts

    def rows(self, parts: Sequence[str] = PARTS) -> Counts:
        """Rows per class."""
        counts: Counts = self.totals[_places(parts)].sum(axis=0)
        return counts

    def confusion(self, threshold: float, parts: Sequence[str] = PARTS) -> Confusion:
        """The labelled rows at a threshold that is a step."""
        alarms, caught, _ = (int(n) for n in self.flagged(threshold, parts))
        normal, anomalous, _ = (int(n) for n in self.rows(parts))
        return Confusion(caught, alarms, anomalous - caught, normal - alarms)

    def histogram(self, parts: Sequence[str] = PARTS, *, log: bool) -> Histogram:
        """Rows per bin on the linear or the logarithmic axis of the scores; few rows get fewer, wider bins."""
        edges = self.log_edges if log and self.log_edges.size else self.linear_edges
        # Rice's rule, 2 n^(1/3), doubled because the tail is what is looked at.
        n_bins = 4 * max(1, int(self.rows(parts).sum())) ** (1 / 3)
        edges = edges[:: max(k for k in (1, 2, 4) if k == 1 or k * n_bins <= BINS)] if edges.size == BINS + 1 else edges
        above = self.above[_places(parts)][:, :, np.searchsorted(self.steps, edges)].sum(axis=0)
        counts = above[:, :-1] - above[:, 1:]
        counts[:, -1] += above[:, -1]
        # On the logarithmic axis the first bin also holds what is zero or below.
        counts[:, 0] += self.rows(parts) - above[:, 0]
        return Histogram(edges, counts, int(above[:, -1].sum()))

    def to_bytes(self) -> bytes:
        """The grid as an uncompressed NPZ file, without pickle."""
        file = io.BytesIO()
        np.savez(file, steps=self.steps, above=self.above, linear=self.linear_edges, log=self.log_edges)
        return file.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes) -> "ScoreGrid":
        """The grid that :meth:`to_bytes` wrote."""
        with np.load(io.BytesIO(data), allow_pickle=False) as file:
            return cls(file["steps"], file["above"], file["linear"], file["log"])


def _places(parts: Sequence[str]) -> list[int]:
    return [PARTS.index(part) for part in parts]


def _below(pooled: Scores) -> float:
    """A threshold that every score is above."""
    return float(np.nextafter(pooled[0], -np.inf))


def _linear_edges(finite: Scores, anchors: Sequence[float]) -> Scores:
    """Bins of equal width from the lowest score to where only the far 0.5 % lies, or to the highest."""
    low, high = float(finite[0]), float(finite[-1])
    crowd = float(finite[int(0.995 * (finite.size - 1))])
    reach = max([crowd, *(a for a in anchors if a <= high)])
    cap = min(high, low + 1.3 * (reach - low)) if reach > low else high
    if not np.isfinite(cap - low) or cap <= low:
        cap = low + max(abs(low), 1.0) * 0.5
    edges = np.linspace(low, cap, BINS + 1)
    edges[0] = np.nextafter(low, -np.inf)
    return np.unique(edges)


def _log_edges(finite: Scores) -> Scores:
    """Bins of equal ratio over the scores above zero, at most twelve decades below the highest."""
    positive = finite[np.searchsorted(finite, 0.0, side="right") :]
    # Scores below zero are logarithms already (averaged log z-scores): half of the rows would share the first bin.
    if not positive.size or finite[0] < 0:
        return np.empty(0)
    high = float(positive[-1])
    # A handful of exact fits would stretch the axis over decades in which nothing lies.
    low = max(float(positive[int(0.0005 * positive.size)]), high * 1e-12, float(np.finfo(float).tiny))
    if low >= high:
        low, high = high / 2, high * 2
    edges = np.geomspace(low, high, BINS + 1)
    edges[0], edges[-1] = np.nextafter(low, 0), max(high, edges[-1])
    return np.unique(edges)


def _fill(fixed: Scores, finite: Scores, budget: int) -> Scores:
    """Add steps until the budget is spent: every distinct score where they fit, else ranks, dense at the top."""
    distinct = np.unique(finite)
    room = budget - fixed.size
    if distinct.size <= room:
        return np.union1d(fixed, distinct)
    n = finite.size
    even = np.linspace(0, n - 1, room // 2)
    # The rows that matter are few and at the top: ranks 1, 2, 3, … 10 %, spaced by ratio.
    top = n - np.geomspace(1, n, room - even.size)
    ranks = np.unique(np.clip(np.concatenate([even, top]).astype(np.int64), 0, n - 1))
    return np.union1d(fixed, finite[ranks])
