"""Bootstrap intervals of a threshold, and of the precision and recall at it.

The rows are drawn anew, with replacement, each class of the reference rows and of the judged rows by itself; the rule
sets its threshold on what was drawn, and is measured on it. The cost does not follow the number of rows: each class is
first put into at most ``PLACES`` bins, the highest scores one by one and the others evenly by rank, within which rows
are taken to lie evenly. A resample is then a few thousand numbers, whatever the table.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from core.errors import AnomalensError
from core.thresholds.base import ThresholdRule
from core.thresholds.evidence import Evidence
from core.thresholds.sample import Counts, Scores, SortedScores

RESAMPLES = 200
HALVES = 40
"""Times that the judged rows are halved to measure a threshold on rows that did not choose it."""
PLACES = 512
"""Bins of each class at most."""
LEVEL = 0.95
Interval = tuple[float, float]


@dataclass(frozen=True)
class Intervals:
    """Where 95 % of the resamples lie; None where too few of them say anything."""

    threshold: Interval | None = None
    precision: Interval | None = None
    recall: Interval | None = None
    held_out_f1: float | None = None
    """F1 on halves of the judged rows that did not choose the threshold; only for rules that choose by labels."""


class Resamples:
    """Resamples of one run's scores, drawn once for all rules.

    Parameters
    ----------
    evidence
        The scores.
    seed
        The same seed draws the same rows.
    """

    def __init__(self, evidence: Evidence, seed: int = 0) -> None:
        self._evidence, self._seed = evidence, seed
        self._groups = [
            (side, name, sample)
            for side, by_class in (
                ("reference", evidence.reference),
                ("judged", evidence.judged),
                ("held_out", evidence.held_out or {}),
                ("unseen", evidence.unseen or {}),
            )
            for name, sample in by_class.items()
            if sample.size
        ]
        self._lows, self._values = _bins([sample for _, _, sample in self._groups])

    def intervals(self, rule: ThresholdRule) -> Intervals:
        """The intervals of a rule."""
        found = np.array([_measured(rule, seen, seen) for seen in self._drawn()])
        out = None
        if rule.needs == "labels":
            scores = np.array([_f1(rule, one, other) for one, other in self._halved()])
            out = None if np.isnan(scores).all() else float(np.nanmean(scores))
        threshold, precision, recall = (_interval(column) for column in found.T)
        return Intervals(threshold, precision, recall, out)

    @cached_property
    def _binned(self) -> list[Counts]:
        """Rows of each group in each bin."""
        return [
            np.diff(sample.size - sample.above(self._values), prepend=0).astype(np.int64)
            for _, _, sample in self._groups
        ]

    @cached_property
    def _counts(self) -> list[NDArray[np.int32]]:
        """For each group the rows drawn in each bin, shape (resamples, bins)."""
        rng = np.random.default_rng(self._seed)
        drawn = []
        for counts in self._binned:
            some = np.flatnonzero(counts)
            times = np.zeros((RESAMPLES, counts.size), dtype=np.int32)
            times[:, some] = rng.multinomial(counts.sum(), counts[some] / counts.sum(), size=RESAMPLES)
            drawn.append(times)
        return drawn

    def _drawn(self) -> Iterator[Evidence]:
        for i in range(RESAMPLES):
            yield self._with([counts[i].astype(np.int64) for counts in self._counts])

    def _halved(self) -> Iterator[tuple[Evidence, Evidence]]:
        """The judged rows in two halves; the reference rows stay whole in both."""
        rng = np.random.default_rng(self._seed + 1)
        for _ in range(HALVES):
            ones, others = [], []
            for (side, _, _), counts in zip(self._groups, self._binned, strict=True):
                half = rng.binomial(counts, 0.5) if side == "judged" else counts
                ones.append(half)
                others.append(counts - half if side == "judged" else counts)
            yield self._with(ones), self._with(others)

    def _with(self, counts: list[Counts]) -> Evidence:
        sides: dict[str, dict[str, SortedScores]] = {"reference": {}, "judged": {}, "held_out": {}, "unseen": {}}
        for (side, name, _), times in zip(self._groups, counts, strict=True):
            sides[side][name] = SortedScores(self._values, times, self._lows)
        held_out = None if self._evidence.held_out is None else sides["held_out"]
        unseen = None if self._evidence.unseen is None else sides["unseen"]
        reference, judged = sides["reference"], sides["judged"]
        return replace(self._evidence, reference=reference, judged=judged, held_out=held_out, unseen=unseen)


def _bins(samples: list[SortedScores]) -> tuple[Scores, Scores]:
    """The lowest and the highest score of each bin; the bins are the same for all samples."""
    edges = np.unique(np.concatenate([_cut(sample.values) for sample in samples]))
    edges = np.union1d(edges, _before_ties(samples, edges))
    lows = np.full(edges.size, np.inf)
    for sample in samples:
        # The first row of the sample that is above the bin before.
        first = sample.size - sample.above(edges[:-1])
        lows[0] = min(lows[0], sample.values[0])
        some = first < sample.size
        lows[1:][some] = np.minimum(lows[1:][some], sample.values[first[some]])
    return np.minimum(lows, edges), edges


def _before_ties(samples: list[SortedScores], edges: Scores) -> Scores:
    """The next lower score of each edge that several rows share: these get a bin of their own, and stay together."""
    tied, before = np.zeros(edges.size, dtype=bool), np.full(edges.size, -np.inf)
    for sample in samples:
        under = np.searchsorted(sample.values, edges, side="left")
        tied |= np.searchsorted(sample.values, edges, side="right") - under > 1
        some = under > 0
        before[some] = np.maximum(before[some], sample.values[under[some] - 1])
    found: Scores = before[tied & np.isfinite(before)]
    return found


def _cut(scores: Scores) -> Scores:
    """The highest score of each of a sample's own bins."""
    n = scores.size
    if n <= PLACES:
        return scores
    even = np.linspace(0, n - 1, PLACES // 2)
    top = n - np.geomspace(1, n, PLACES // 2)
    return scores[np.unique(np.concatenate([even, top]).astype(np.int64))]


def _measured(rule: ThresholdRule, chosen: Evidence, judged: Evidence) -> tuple[float, float, float]:
    """Threshold, precision and recall; NaN for what there is not."""
    try:
        threshold = float(rule.threshold(chosen))
    except AnomalensError:
        return np.nan, np.nan, np.nan
    caught, alarms = int(judged.judged_anomalies.above(threshold)), int(judged.judged_normal.above(threshold))
    precision = caught / (caught + alarms) if judged.labelled and caught + alarms else np.nan
    return threshold, precision, caught / judged.judged_anomalies.size if judged.labelled else np.nan


def _f1(rule: ThresholdRule, chosen: Evidence, judged: Evidence) -> float:
    _, precision, recall = _measured(rule, chosen, judged)
    if np.isnan(recall):
        return np.nan
    return 2 * precision * recall / (precision + recall) if precision + recall > 0 else 0.0


def _interval(values: Scores) -> Interval | None:
    """Where most of the resamples lie, unless fewer than half of them say anything."""
    known = np.sort(values[~np.isnan(values)])
    if known.size < RESAMPLES / 2:
        return None
    ends = np.array([(1 - LEVEL) / 2, (1 + LEVEL) / 2]) * (known.size - 1)
    # Of infinite scores there is no mean: the nearest resample outwards.
    return float(known[int(np.floor(ends[0]))]), float(known[int(np.ceil(ends[1]))])
