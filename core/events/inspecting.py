"""What is seen of one event: what is around it, a normal stretch, errors by channel, the usual week, correlations."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.events.event import Event
from core.events.usual import Usual
from core.lanes.extremes import Extremes
from core.lanes.lanes import Lanes
from core.lanes.window import Stretch, stretch

Floats = NDArray[np.float64]

COLUMNS = 480
_AROUND = 40
"""Steps that are shown on each side of an event at least."""
_CANDIDATES = 2_000
_COMPARED = 256
"""Places of an event that are compared with those of normal stretches."""
_READ = 4_000
_DAYS, _HOURS = 7, 24
_WEEK = 7 * 86_400.0
_THURSDAY = 3
"""The weekday, from Monday, of 1 January 1970."""


@dataclass(frozen=True)
class Surroundings:
    """An event with what is before and behind it."""

    shown: Stretch
    """What is drawn."""
    nearest: dict[int, Floats]
    """By channel the nearest normal stretch, at ``at``; empty where there is none."""
    at: Floats
    """Places in time."""
    nearest_start: float | None
    """When the nearest normal stretch began."""


def places_of(lanes: Lanes, event: Event, around: float = 0.0) -> slice:
    """Where an event is among all moments, with so much time on each side."""
    own = lanes.of_series(lanes.order.names.index(event.series))
    time = lanes.order.time[own]
    first = int(np.searchsorted(time, event.start - around, side="left"))
    last = int(np.searchsorted(time, event.end + around, side="right"))
    return slice(own.start + first, own.start + last)


def surroundings(
    lanes: Lanes, score: Extremes, event: Event, usual: Usual, normal: NDArray[np.bool_], *, columns: int = COLUMNS
) -> Surroundings:
    """An event with what is around it, and the normal stretch that is most like it.

    Parameters
    ----------
    lanes, score, usual
        The channels, the score of each moment, what is usual.
    normal
        Which moments, in the order of the lanes, are normal and were trained on.
    columns
        Of the picture.
    """
    around = max(1.5 * event.length, _AROUND * lanes.order.step)
    series = lanes.order.names.index(event.series)
    time = lanes.order.time[lanes.of_series(series)]
    ends = max(float(time[0]), event.start - around), min(float(time[-1]), event.end + around)
    shown = stretch(lanes, score, *ends, columns, series=series)
    own = places_of(lanes, event, 0.25 * event.length)
    start, at = _nearest_normal(lanes, own, usual, normal)
    if start is None:
        return Surroundings(shown, {}, np.empty(0), None)
    found = {c: np.asarray(lane.values[start + at], np.float64) for c, lane in enumerate(lanes.actual)}
    time = np.asarray(lanes.order.time[own.start + at], np.float64)
    return Surroundings(shown, found, time, float(lanes.order.time[start]))


def _nearest_normal(
    lanes: Lanes, own: slice, usual: Usual, normal: NDArray[np.bool_]
) -> tuple[int | None, NDArray[np.int64]]:
    """Where the normal stretch begins that is nearest to some moments, and the places within it that were compared."""
    length = own.stop - own.start
    at = np.unique(np.linspace(0, length - 1, min(length, _COMPARED)).astype(np.int64))
    # Stretches whose moments are all normal, of one series: their odd ones are counted once.
    odd = np.append(0, np.cumsum(~normal))
    starts = np.flatnonzero(odd[length:] == odd[:-length])
    series = lanes.order.series
    starts = starts[series[starts] == series[starts + length - 1]]
    starts = starts[(starts + length <= own.start) | (starts >= own.stop)]
    if not starts.size:
        return None, at
    starts = starts[:: len(starts) // _CANDIDATES + 1]
    far = np.zeros(len(starts))
    for c, lane in enumerate(lanes.actual):
        mine = np.asarray(lane.values[own.start + at], np.float64)
        theirs = np.asarray(lane.values[starts[:, None] + at[None, :]], np.float64)
        far += np.nansum(np.square((theirs - mine) / usual.scale[c]), axis=1)
    return int(starts[int(np.argmin(far))]), at


@dataclass(frozen=True)
class ErrorMap:
    """How far off each channel is along an event, shape (channels, columns), in units of what is usual."""

    channels: tuple[str, ...]
    at: Floats
    off: Floats


def error_map(lanes: Lanes, event: Event, usual: Usual, columns: int = 160) -> ErrorMap:
    """The mean distance from what was expected, or from what is usual where the networks were not asked."""
    around = max(0.5 * event.length, _AROUND / 2 * lanes.order.step)
    some = places_of(lanes, event, around)
    edges = np.unique(np.linspace(some.start, some.stop, min(columns, some.stop - some.start) + 1).astype(np.int64))
    step = -(-(some.stop - some.start) // 200_000)
    places = np.arange(some.start, some.stop, step)
    column = np.searchsorted(edges, places, side="right") - 1
    time = np.asarray(lanes.order.time[places], np.float64)
    normal, off = usual.at(time), np.full((len(lanes.channels), len(edges) - 1), np.nan)
    for c, lane in enumerate(lanes.actual):
        x, target, scale = np.asarray(lane.values[places], np.float64), normal[:, c], usual.scale[c]
        if lanes.expected and lanes.spread is not None and lanes.spread[c] > 0:
            expected = np.asarray(lanes.expected[c].values[places], np.float64)
            if np.isfinite(expected).any():
                target, scale = expected, lanes.spread[c]
        gap = np.abs(x - target) / scale
        known = np.isfinite(gap)
        count = np.bincount(column[known], minlength=len(edges) - 1)
        total = np.bincount(column[known], gap[known], minlength=len(edges) - 1)
        off[c, count > 0] = total[count > 0] / count[count > 0]
    return ErrorMap(lanes.channels, np.asarray(lanes.order.time[edges[:-1]], np.float64), off)


def weekly_profile(lanes: Lanes, channel: int, series: int = 0) -> Floats | None:
    """The median of a channel by weekday (from Monday) and hour, in UTC, shape (7, 24); None without times."""
    order, own = lanes.order, lanes.of_series(series)
    if order.kind != "time":
        return None
    places = np.arange(own.start, own.stop, (own.stop - own.start) // 200_000 + 1)
    time = np.asarray(order.time[places], np.float64)
    x = np.asarray(lanes.actual[channel].values[places], np.float64)
    cell, profile = week_cell(time), np.full(_DAYS * _HOURS, np.nan)
    known = np.isfinite(x)
    by_cell = np.argsort(cell[known], kind="stable")
    ends = np.searchsorted(cell[known][by_cell], np.arange(_DAYS * _HOURS + 1))
    for k in range(_DAYS * _HOURS):
        if ends[k + 1] > ends[k]:
            profile[k] = np.median(x[known][by_cell[ends[k] : ends[k + 1]]])
    return profile.reshape(_DAYS, _HOURS)


def week_cell(time: Floats) -> NDArray[np.int64]:
    """The hour of the week, from Monday at midnight, of moments in seconds."""
    return np.asarray(np.floor(np.mod(time + _THURSDAY * 86_400.0, _WEEK) / 3_600.0), dtype=np.int64)


def correlations(lanes: Lanes, event: Event) -> tuple[Floats, Floats] | None:
    """How channels go together before an event and in it, shape (channels, channels); None with too few moments."""
    own = places_of(lanes, event)
    length = own.stop - own.start
    series = lanes.of_series(lanes.order.names.index(event.series))
    before = slice(max(series.start, own.start - max(3 * length, 100)), own.start)
    if len(lanes.channels) < 2 or length < 5 or before.stop - before.start < 10:
        return None
    return _correlation(lanes, before), _correlation(lanes, own)


def _correlation(lanes: Lanes, some: slice) -> Floats:
    step = -(-(some.stop - some.start) // _READ)
    x = np.stack([np.asarray(lane.values[some][::step], np.float64) for lane in lanes.actual], axis=1)
    x = x[np.isfinite(x).all(axis=1)]
    if len(x) < 3:
        return np.full((x.shape[1], x.shape[1]), np.nan)
    x = x - x.mean(axis=0)
    scale = np.linalg.norm(x, axis=0)
    # A channel that does not move goes with nothing.
    x = np.where(scale > 0, x / np.where(scale > 0, scale, 1.0), np.nan)
    return np.asarray(x.T @ x, dtype=np.float64)
