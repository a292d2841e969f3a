"""Flagged moments joined to events: the one place where that is done, for series and for tables with a time column.

A *moment* is a sample with a place in time. An event begins with a moment whose score is above the threshold, goes on
while scores stay above a lower end, and swallows pauses that are short enough. Everything here is arrays: ten million
moments take a fraction of a second, so that the rule can be changed while one looks at what it finds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.lanes.time_order import TimeOrder
from core.params import param

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_TOUCHING = 1.5
"""Moments no more steps apart than this follow each other: clocks are never exact."""


@dataclass(frozen=True)
class EventRule:
    """When flagged moments are one event. Lengths are in steps, so that the same rule fits seconds and days."""

    gap: int = param(
        10, "Flagged moments are one event where no more steps than this lie between them.", low=0, high=1_000_000,
        label="Largest gap",
    )  # fmt: skip
    least: int = param(
        1, "An event has at least so many moments, pauses included; shorter ones are left out.", low=1, high=1_000_000,
        label="Least length",
    )  # fmt: skip
    widen: float = param(
        1.0,
        "An event ends where the score falls below what so many times as many moments exceed as the threshold; 1 ends "
        "it at the threshold itself.",
        low=1.0,
        high=100.0,
        label="Hysteresis",
    )


@dataclass(frozen=True)
class Events:
    """Events as arrays, in the order of time: places among the moments they were found in, both ends included."""

    first: Ints
    last: Ints
    peak: Ints
    """The moment with the highest score."""
    flagged: Ints
    """How many of its moments are above the threshold."""
    end_threshold: float
    """What scores had to fall below for an event to end."""
    left_out: int = 0
    """Events that were too short."""

    def __len__(self) -> int:
        return len(self.first)

    def some(self, which: NDArray[np.generic]) -> Events:
        """Some of them."""
        return Events(
            self.first[which],
            self.last[which],
            self.peak[which],
            self.flagged[which],
            self.end_threshold,
            self.left_out,
        )


def joined(moments: TimeOrder, scores: Floats, threshold: float, rule: EventRule) -> Events:
    """The events of some moments.

    Parameters
    ----------
    moments
        In the order of time.
    scores
        The score of every sample of the dataset; moments know their rows.
    threshold
        Moments above it are flagged.
    rule
        What joins them.
    """
    score = scores[moments.row]
    end = end_threshold(score, threshold, rule.widen)
    going = np.flatnonzero(score > end)
    if not going.size:
        return _none(end)
    over = score[going] > threshold
    if rule.widen > 1:
        # What is only above the end belongs to an event where it touches one that began.
        stretch = np.cumsum(_breaks(moments, going, _TOUCHING)) - 1
        began = np.zeros(stretch[-1] + 1, dtype=bool)
        began[stretch[over]] = True
        kept = began[stretch]
        going, over = going[kept], over[kept]
        if not going.size:
            return _none(end)
    starts = np.flatnonzero(_breaks(moments, going, rule.gap + _TOUCHING))
    first, last = going[starts], going[np.append(starts[1:], going.size) - 1]
    flagged = np.add.reduceat(over.astype(np.int64), starts)
    top = np.maximum.reduceat(score[going], starts)
    of = np.repeat(np.arange(starts.size), np.diff(np.append(starts, going.size)))
    highest = np.flatnonzero(score[going] == top[of])[::-1]
    peak = np.empty(starts.size, np.int64)
    # Backwards, so that the first of several equal moments is written last.
    peak[of[highest]] = going[highest]
    found = Events(first, last, peak, flagged, end)
    long = last - first + 1 >= rule.least
    return found if long.all() else Events(*_of(found, long), end, int((~long).sum()))


def stretches(moments: TimeOrder, odd: NDArray[np.bool_], gap: int = 0) -> Events:
    """Moments for which something holds (a label, a verdict), joined alike; ``odd`` is one per sample."""
    return joined(moments, odd.astype(np.float64), 0.5, EventRule(gap=gap))


def end_threshold(score: Floats, threshold: float, widen: float) -> float:
    """The score that ``widen`` times as many moments exceed as the threshold; never above the threshold.

    Told by numbers of moments, it needs no unit: scores may be negative, logarithms or probabilities.
    """
    if widen <= 1 or not score.size:
        return threshold
    wanted = int(np.count_nonzero(score > threshold) * widen)
    if not wanted:
        return threshold
    if wanted >= score.size:
        return min(threshold, float(np.nextafter(score.min(), -np.inf)))
    # Just below the last of them: what scores as much as that belongs to them.
    last = np.partition(score, score.size - wanted)[score.size - wanted]
    return min(threshold, float(np.nextafter(last, -np.inf)))


def _breaks(moments: TimeOrder, places: Ints, most: float) -> NDArray[np.bool_]:
    """Which of some moments follow none of the others closely: they begin a stretch."""
    begins = np.ones(places.size, dtype=bool)
    time, series = moments.time[places], moments.series[places]
    begins[1:] = (np.diff(time) > most * moments.step) | (np.diff(series) != 0)
    return begins


def _of(found: Events, which: NDArray[np.bool_]) -> tuple[Ints, Ints, Ints, Ints]:
    return found.first[which], found.last[which], found.peak[which], found.flagged[which]


def _none(end: float) -> Events:
    empty = np.empty(0, np.int64)
    return Events(empty, empty, empty, empty, end)
