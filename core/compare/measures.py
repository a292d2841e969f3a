"""How well each of several detectors tells anomalies from normal rows, with paired bootstrap intervals.

Every draw takes the same rows for all detectors, anomalies and normal rows apart, so that a difference between two of
them is known much better than either number. Exact with ties, in numpy alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from core.compare.comparison_data import Scores

MEASURES = ("auroc", "average_precision", "precision", "recall")
LEVEL = 0.95
LEAST, MOST = 200, 1000
"""Draws of the bootstrap; fewer where there are many rows, which need fewer."""
_WORK = 5_000_000
_BLOCK = 4_000_000
_DRAWN = 33


@dataclass(frozen=True)
class Interval:
    """A number and where it may as well be, at 95 %."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Measured:
    """Of every detector, in the order in which they were given."""

    intervals: list[dict[str, Interval]]
    differences: list[dict[str, Interval]]
    """To the first, whose own are empty; as wide as it takes for all of them to hold at once (Bonferroni)."""
    draws: int


def measure(labels: NDArray[np.int8], scores: list[Scores], share: float, seed: int = 0) -> Measured | None:
    """Measure every detector; None without rows of both classes.

    Parameters
    ----------
    labels
        1, 0 or -1 (left out) of each row.
    scores
        Of each detector, for the same rows; higher is more anomalous.
    share
        Of the rows that each flags when precision and recall are taken: all flag as many.
    seed
        Of the draws.
    """
    known = labels >= 0
    odd = labels[known] == 1
    if not odd.any() or odd.all():
        return None
    ranked = [_Ranked.of(s[known], odd) for s in scores]
    draws = int(np.clip(_WORK // len(odd), LEAST, MOST))
    found = np.empty((len(scores), len(MEASURES), draws))
    rng = np.random.default_rng([seed, _DRAWN])
    step = max(1, _BLOCK // len(odd))
    for start in range(0, draws, step):
        weights = _draw(rng, odd, min(step, draws - start))
        for i, one in enumerate(ranked):
            found[i, :, start : start + len(weights)] = one.measures(weights, share)
    values = np.array([one.measures(np.ones((1, len(odd))), share)[:, 0] for one in ranked])
    margin = (1 - LEVEL) / 2
    low, high = np.quantile(found, [margin, 1 - margin], axis=2)
    intervals = [_named(v, a, b) for v, a, b in zip(values, low, high, strict=True)]
    return Measured(intervals, _differences(values, found), draws)


def _differences(values: NDArray[np.float64], found: NDArray[np.float64]) -> list[dict[str, Interval]]:
    # Normal intervals: no bootstrap of some hundred draws knows the quantiles that so many comparisons ask for.
    z = NormalDist().inv_cdf(1 - (1 - LEVEL) / 2 / max(1, len(values) - 1))
    differences: list[dict[str, Interval]] = [{}]
    for value, drawn in zip(values[1:], found[1:], strict=True):
        gap, half = value - values[0], z * (drawn - found[0]).std(axis=1)
        differences.append(_named(gap, gap - half, gap + half))
    return differences


def _named(values: NDArray[np.float64], low: NDArray[np.float64], high: NDArray[np.float64]) -> dict[str, Interval]:
    return {
        name: Interval(float(v), float(a), float(b)) for name, v, a, b in zip(MEASURES, values, low, high, strict=True)
    }


def _draw(rng: np.random.Generator, odd: NDArray[np.bool_], draws: int) -> NDArray[np.float64]:
    """How often each row is in each draw, shape (draws, n); as many of either class as there are."""
    weights = np.empty((draws, len(odd)))
    for rows in (np.flatnonzero(odd), np.flatnonzero(~odd)):
        for weight in weights:
            weight[rows] = np.bincount(rng.integers(0, len(rows), len(rows)), minlength=len(rows))
    return weights


@dataclass(frozen=True)
class _Ranked:
    """One detector's rows from the highest score down, equal scores as one group."""

    order: NDArray[np.int64]
    starts: NDArray[np.int64]
    odd: NDArray[np.bool_]
    """Of each row, in that order."""

    @classmethod
    def of(cls, scores: Scores, odd: NDArray[np.bool_]) -> _Ranked:
        order = np.argsort(-scores, kind="stable")
        falling = scores[order]
        starts = np.flatnonzero(np.r_[True, falling[1:] != falling[:-1]])
        return cls(order, starts, odd[order])

    def measures(self, weights: NDArray[np.float64], share: float) -> NDArray[np.float64]:
        """``MEASURES`` of rows that are there so many times, shape (measures, draws)."""
        ranked = weights[:, self.order]
        caught = np.add.reduceat(ranked * self.odd, self.starts, axis=1)
        every = np.add.reduceat(ranked, self.starts, axis=1)
        true, flagged = caught.cumsum(axis=1), every.cumsum(axis=1)
        anomalies, rows = true[:, -1], flagged[:, -1]
        normal = rows - anomalies
        alarms = every - caught
        below = normal[:, None] - (flagged - true) + alarms / 2
        auroc = (caught * below).sum(axis=1) / (anomalies * normal)
        precise = (caught * (true / np.maximum(flagged, 1))).sum(axis=1) / anomalies
        n_top = share * rows
        hits = _up_to(true, caught, flagged, every, n_top)
        return np.stack([auroc, precise, hits / np.maximum(n_top, 1e-12), hits / anomalies])


def _up_to(true: Scores, caught: Scores, flagged: Scores, every: Scores, n_top: Scores) -> Scores:
    """Anomalies among the first ``wanted`` rows; of a group that is cut, its share."""
    place = np.minimum((flagged < n_top[:, None]).sum(axis=1), flagged.shape[1] - 1)
    draw = np.arange(len(n_top))
    group = every[draw, place]
    part = np.clip((n_top - (flagged[draw, place] - group)) / np.maximum(group, 1e-12), 0.0, 1.0)
    hits: Scores = true[draw, place] - caught[draw, place] * (1 - part)
    return hits
