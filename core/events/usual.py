"""What is usual of each channel, at each hour of the day where that says more: what events are compared with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.lanes.lanes import Lanes

Floats = NDArray[np.float64]

_LOOKED_AT = 100_000
_BLOCK = 16
"""Moments over which it is said how much a channel swings by itself."""
_DAY, _HOURS = 86_400.0, 24
_LEAST_DAYS = 3
_LEAST_PER_HOUR = 8
_WORTH = 0.9
"""Hours are told apart where deviations from their medians are so much smaller than from one median."""


@dataclass(frozen=True)
class Usual:
    """Medians of normal training moments."""

    by_hour: bool
    """Whether every hour of the day, in UTC, has a median of its own."""
    middle: Floats
    """Shape (hours, channels), or (1, channels)."""
    scale: Floats
    """How far normal moments are from it: a robust standard deviation by channel, never 0."""
    swing: Floats
    """The standard deviation within a few moments that follow each other, by channel."""

    @classmethod
    def of(cls, lanes: Lanes, normal: NDArray[np.bool_]) -> Usual:
        """Learn it from some moments.

        Parameters
        ----------
        lanes
            The channels.
        normal
            Which moments, in the order of the lanes, are normal and were trained on; all where none is.
        """
        places = np.flatnonzero(normal) if normal.any() else np.arange(len(lanes))
        some = places[:: len(places) // _LOOKED_AT + 1]
        time, order = lanes.order.time[some], lanes.order
        x = np.stack([np.asarray(lane.values[some], np.float64) for lane in lanes.actual], axis=1)
        one = _medians(x[None])[0]
        plain = _scale(x - one)
        middle, scale, by_hour = one[None], plain, False
        if order.kind == "time" and order.step <= _DAY / _HOURS and np.ptp(time) >= _LEAST_DAYS * _DAY:
            hour = hours_of(time)
            if np.bincount(hour, minlength=_HOURS).min() >= _LEAST_PER_HOUR:
                hourly = np.stack([_medians(x[hour == h][None])[0] for h in range(_HOURS)])
                closer = _scale(x - hourly[hour])
                if np.nanmin(closer / plain) < _WORTH:
                    middle, scale, by_hour = hourly, closer, True
        return cls(by_hour, middle, scale, _swing(lanes, places))

    def at(self, time: Floats) -> Floats:
        """What is usual at some moments, shape (moments, channels)."""
        return self.middle[hours_of(time)] if self.by_hour else np.repeat(self.middle, len(time), axis=0)

    @property
    def words(self) -> str:
        """What it is called in a sentence."""
        return "what it is at this hour" if self.by_hour else "what is usual"


def hours_of(time: Floats) -> NDArray[np.int64]:
    """The hour of the day of moments in seconds, in UTC."""
    return np.asarray(np.floor(np.mod(time, _DAY) / (_DAY / _HOURS)), dtype=np.int64)


def _medians(x: Floats) -> Floats:
    """Medians without what is missing; 0 where all is."""
    known = np.isfinite(x)
    filled = np.where(known.any(axis=1, keepdims=True), x, 0.0)
    return np.asarray(np.nanmedian(filled, axis=1), dtype=np.float64)


def _scale(off: Floats) -> Floats:
    scale = 1.4826 * _medians(np.abs(off)[None])[0]
    whole = np.sqrt(np.nan_to_num(np.nanmean(np.where(np.isfinite(off), off, 0.0) ** 2, axis=0)))
    # Most moments may be exactly the same: then what the others are counts.
    scale = np.where(scale > 1e-9 * np.maximum(1.0, whole), scale, whole)
    return np.where(scale > 0, scale, 1.0)


def _swing(lanes: Lanes, places: NDArray[np.int64]) -> Floats:
    starts = places[:: max(1, len(places) // 400)]
    starts = starts[starts + _BLOCK <= len(lanes)]
    found = np.zeros(len(lanes.channels))
    for c, lane in enumerate(lanes.actual):
        stds = [float(np.nanstd(x)) for s in starts if np.isfinite(x := lane.values[s : s + _BLOCK]).any()]
        found[c] = float(np.median(stds)) if stds else 0.0
    return found
