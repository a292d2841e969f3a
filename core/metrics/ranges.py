"""Range metrics: how well scores of moments find anomalies that last, forgiving a little at their edges.

Range AUC and VUS (Paparrizos et al., VLDB 2022) with the definitions and the sampling of thresholds that aeon has; the
numbers are the same to nine digits (tested), and take a hundredth of the time. VUS is the mean of the range AUC over
all widths of the edge from 0 to a largest one. Equal scores must be broken first (:func:`untied`): a tie at the top
counts as though it had been put in the best order.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Labels = NDArray[np.integer]

THRESHOLDS = 250
"""Thresholds at which precision and recall are counted, spread evenly over the ranks of the scores."""


class RangeArea(NamedTuple):
    """Areas under the two curves, or volumes under their surfaces."""

    pr: float
    roc: float


def untied(scores: Floats, seed: int = 0) -> Floats:
    """The ranks of scores, equal ones in a random order."""
    order = np.lexsort((np.random.default_rng(seed).permutation(len(scores)), scores))
    ranks = np.empty(len(scores))
    ranks[order] = np.arange(len(scores))
    return ranks


def range_auc(labels: Labels, scores: Floats, buffer: int) -> RangeArea:
    """The range AUC for one width of the edge.

    Parameters
    ----------
    labels
        1 at moments of an anomaly, 0 at others, in the order of time; at least one of each.
    scores
        Of the moments.
    buffer
        The edge: half of it, in moments, lies before and half behind each anomaly.
    """
    return _Sorted(labels, scores).area(buffer)


def vus(labels: Labels, scores: Floats, longest: int) -> RangeArea:
    """The volumes under the surfaces: the mean range AUC for edges from 0 to ``longest``."""
    prepared = _Sorted(labels, scores)
    areas = np.array([prepared.area(buffer) for buffer in range(longest + 1)])
    pr, roc = areas.mean(axis=0)
    return RangeArea(float(pr), float(roc))


class _Sorted:
    """Moments in the order of their scores: what each threshold lets through is a beginning of it."""

    def __init__(self, labels: Labels, scores: Floats) -> None:
        self._labels = (np.asarray(labels) > 0).astype(np.float64)
        self._scores = np.asarray(scores, dtype=np.float64)
        self._order = np.argsort(-self._scores, kind="stable")
        ranked = self._scores[self._order]
        self._thresholds = ranked[np.linspace(0, len(ranked) - 1, THRESHOLDS, dtype=int)]
        self._flagged = np.searchsorted(-ranked, -self._thresholds, side="right")
        self._starts, self._ends = _bounds(self._labels)

    def area(self, buffer: int) -> RangeArea:
        soft = self._softened(buffer)
        starts, ends = (self._starts, self._ends) if buffer <= 1 else _bounds(soft)
        p = (self._labels.sum() + soft.sum()) / 2
        n = len(soft) - p
        hits = np.cumsum(soft[self._order])[self._flagged - 1]
        # An anomaly exists for a threshold when its highest score is at least as high.
        best = np.array([self._scores[a:b].max() for a, b in zip(starts, ends, strict=True)])
        found = (best[:, None] >= self._thresholds).sum(axis=0) / len(best)
        recall = np.concatenate([[0.0], np.minimum(hits / p, 1) * found, [1.0]])
        false = np.concatenate([[0.0], np.minimum((self._flagged - hits) / n, 1), [1.0]])
        precision = np.concatenate([[1.0], hits / self._flagged])
        pr = np.sum(np.diff(recall[:-1]) * (precision[1:] + precision[:-1]) / 2)
        roc = np.sum(np.diff(false) * (recall[1:] + recall[:-1]) / 2)
        return RangeArea(float(pr), float(roc))

    def _softened(self, buffer: int) -> Floats:
        """The labels with an edge that fades on either side of each anomaly."""
        soft = self._labels.copy()
        if buffer <= 1:
            return soft
        half = buffer // 2
        fading = np.sqrt(1 - np.arange(half + 1) / buffer)
        for start, end in zip(self._starts.tolist(), self._ends.tolist(), strict=True):
            behind = min(half, len(soft) - end + 1)
            soft[end - 1 : end - 1 + behind] += fading[:behind]
            before = min(half, start)
            soft[start - before : start] += fading[before:0:-1]
        return np.minimum(soft, 1.0)


def _bounds(labels: Floats) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where anomalies begin, and where they have ended."""
    edges = np.diff(np.concatenate([[0], (labels > 0).astype(np.int8), [0]]))
    return np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
