"""The time line inside a report: pieces of it at two depths, which the dashboard's own scripts draw without a server.

One piece holds everything, as extremes of so many columns that one can zoom far into it; around the highest events a
piece holds every moment. Together they stay below three megabytes at any number of moments.
"""

from __future__ import annotations

import base64
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np

from core.events.event import RunEvents
from core.events.joining import stretches
from core.lanes.extremes import Extremes
from core.lanes.lanes import Lanes
from core.lanes.window import FULL, Stretch, stretch

if TYPE_CHECKING:
    from core.events.event import Event
    from core.export.context import ReportContext

MOST_CHANNELS = 8
_WHOLE_BYTES, _NEAR_BYTES = 1_100_000, 900_000
"""Of the numbers, before they are packed."""
_NEAR_MOMENTS = 1_600
_MOST_RANGES = 1_000


def lanes_words(
    context: ReportContext, lanes: Lanes, found: RunEvents, told: tuple[Event, ...], channels: list[int]
) -> dict[str, Any]:
    """What the time line is told, as ``dashboard/explore/lanes/lanes_panel.py`` tells it, and its pieces."""
    run, order = context.run, lanes.order
    series = max(range(len(order.names)), key=lambda k: sum(one.series == order.names[k] for one in told))
    own = lanes.of_series(series)
    time, spread = order.time[own], lanes.spread
    extent = [float(time[0]), float(time[-1]) if time[-1] > time[0] else float(time[0]) + order.step]
    labels = []
    if run.labelled:
        odd = stretches(order, run.scored.label == 1, found.rule.gap)
        mine = odd.some(order.series[odd.first] == series)
        labels = np.stack([order.time[mine.first], order.time[mine.last]], axis=1)[:_MOST_RANGES].tolist()
    listed = [
        {"number": one.number, "start": one.start, "end": one.end, "score": one.score}
        for one in told
        if one.series == order.names[series]
    ]
    return {
        "key": run.id,
        "token": run.id,
        "name": run.name,
        "title": "Time line" + (f" of {order.names[series]}" if len(order.names) > 1 else ""),
        "nouns": [context.says.sample, context.says.samples],
        "kind": order.kind,
        "zone": "UTC" if order.kind == "time" else "",
        "step": order.step,
        "extent": extent,
        "series": [],
        "shown": 0,
        "channels": [
            {
                "id": c,
                "name": lanes.channels[c],
                "spread": float(spread[c]) if spread is not None and np.isfinite(spread[c]) else None,
            }
            for c in channels
        ],
        "expected": bool(lanes.expected),
        "threshold": context.threshold,
        "events": listed,
        "moreEvents": len(found) > len(told),
        "labels": labels,
        "verdicts": [],
        "event": None,
        "time": None,
        "view": None,
        "tells": False,
        "pieces": _pieces(context, lanes, series, extent, told, channels),
    }


def _pieces(
    context: ReportContext, lanes: Lanes, series: int, extent: list[float], told: tuple[Event, ...], channels: list[int]
) -> list[str]:
    score = Extremes.of(context.run.scored.score[lanes.order.row].astype(np.float32))
    a_number = 4 * (1 + len(channels) * (2 if lanes.expected else 1))
    columns = _WHOLE_BYTES // (2 * a_number)
    found = [stretch(lanes, score, extent[0], extent[1], columns, series=series, channels=channels)]
    if not found[0].full:
        left, step = _NEAR_BYTES, lanes.order.step
        for one in sorted(told, key=lambda event: -event.score):
            if one.series != lanes.order.names[series]:
                continue
            around = max(0.5 * one.length, 60 * step)
            ends = max(extent[0], one.start - around), min(extent[1], one.end + around)
            # Of a long event its peak.
            if ends[1] - ends[0] > _NEAR_MOMENTS * step:
                ends = max(extent[0], one.peak - _NEAR_MOMENTS / 2 * step), one.peak + _NEAR_MOMENTS / 2 * step
            near = stretch(lanes, score, *ends, _NEAR_MOMENTS // FULL + 1, series=series, channels=channels)
            size = sum(values.nbytes for values in near.arrays.values())
            if size > left:
                break
            left -= size
            found.append(near)
    return [_packed(one) for one in found]


def _packed(piece: Stretch) -> str:
    return base64.b64encode(zlib.compress(piece.pack(), 9)).decode("ascii")
