"""An event as a picture, for page and report alike: its channels with what was expected, and a normal stretch."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from core.drawing.markup import Markup, tag
from core.drawing.svg import Colours, SvgAxis, figure, path, rectangle, text
from core.events.event import Event, stamp_words
from core.events.inspecting import Surroundings
from core.lanes.lanes import Lanes

WIDTH, GAP, LEFT, RIGHT, AXIS = 620, 12, 58, 12, 24
_HEIGHTS = (170, 120, 92)
"""Of the lane of one channel, of two, of more."""
_HALF = 118
"""Half of the words below a picture, in pixels."""
MOST = 4
"""Channels of a picture, those with the largest shares."""


def event_picture(
    lanes: Lanes, event: Event, around: Surroundings, *, colours: Colours | None = None, most: int = MOST,
    width: int = WIDTH,
) -> Markup:  # fmt: skip
    """A figure as SVG; who shows it brings the colours."""
    look = colours or Colours()
    shown = around.shown
    named = [one.channel for one in event.channels[:most]] or list(lanes.channels[:most])
    lane = _HEIGHTS[min(len(named), len(_HEIGHTS)) - 1]
    height = len(named) * (lane + GAP) + AXIS
    x = SvgAxis(shown.start, shown.end, LEFT, width - RIGHT)
    at = _times(shown.start, shown.end, len(shown.arrays["score"]), shown.arrays.get("time"))
    first, last = x.clipped(event.start), max(x.clipped(event.end), x.clipped(event.start) + 1.5)
    shapes: list[Markup] = [
        rectangle(first, 0, last - first, height - AXIS, fill=look.anomaly, fill_opacity="0.12"),
    ]
    for k, name in enumerate(named):
        shapes += _lane(lanes, name, around, at, x, (k * (lane + GAP), lane), look)
    kind = lanes.order.kind
    words = f"{_shortly(kind, event.start)} to {_shortly(kind, event.end)}"
    middle = min(max((first + last) / 2, LEFT + _HALF), width - RIGHT - _HALF)
    shapes.append(text(words, middle, height - 6, size=11, fill=look.anomaly, anchor="middle"))
    # The ends of the picture where the words of the event leave room.
    if middle - LEFT > 2.2 * _HALF:
        shapes.append(text(_shortly(kind, shown.start), LEFT, height - 6, size=11, fill=look.muted))
    if width - RIGHT - middle > 2.2 * _HALF:
        at_end = text(_shortly(kind, shown.end), width - RIGHT, height - 6, size=11, fill=look.muted, anchor="end")
        shapes.append(at_end)
    label = f"Event {event.number}: {event.sentence or 'the channels around it'}"
    return figure(width, height, tag("g", shapes), label=label)


def _lane(
    lanes: Lanes, name: str, around: Surroundings, at: np.ndarray, x: SvgAxis, place: tuple[float, float], look: Colours
) -> list[Markup]:
    c, shown = lanes.channels.index(name), around.shown
    top, size = place
    # Of single moments there is one more at each end, outside of the picture.
    inside = (at >= shown.start) & (at <= shown.end)
    high = np.where(inside, shown.arrays[f"actual:{c}"].astype(np.float64), np.nan)
    low = high if shown.full else shown.arrays[f"actual:{c}:low"].astype(np.float64)
    normal = around.nearest.get(c)
    numbers = [high, low, *([normal] if normal is not None else [])]
    expected = shown.arrays.get(f"expected:{c}")
    if expected is not None:
        numbers.append(expected.astype(np.float64))
    known = np.concatenate([one[np.isfinite(one)] for one in numbers])
    least, most = (float(known.min()), float(known.max())) if known.size else (0.0, 1.0)
    pad = 0.08 * (most - least or abs(most) or 1.0)
    y = SvgAxis(least - pad, most + pad, top + size, top)
    shapes = [path([(x.start, top + size), (x.end, top + size)], stroke=look.grid)]
    for value in y.ticks(2):
        shapes.append(path([(x.start, y.pixel(value)), (x.end, y.pixel(value))], stroke=look.grid))
        words = f"{value:,.6g}"
        shapes.append(text(words, LEFT - 6, y.pixel(value) + 4, size=10.5, fill=look.muted, anchor="end"))
    if expected is not None:
        centre = np.where(inside, expected.astype(np.float64), np.nan)
        lower = centre if shown.full else shown.arrays[f"expected:{c}:low"].astype(np.float64)
        spread = float(lanes.spread[c]) if lanes.spread is not None and np.isfinite(lanes.spread[c]) else 0.0
        for run in _runs(centre):
            upper = [(x.pixel(at[i]), y.clipped(centre[i] + spread)) for i in run]
            under = [(x.pixel(at[i]), y.clipped(lower[i] - spread)) for i in reversed(run)]
            shapes.append(path(upper + under, close=True, fill=look.accent, fill_opacity="0.16"))
            shapes.append(path(_zigzag(run, at, lower, centre, x, y), stroke=look.accent, stroke_width="1.3"))
    if normal is not None:
        shapes += [
            path([(x.pixel(around.at[i]), y.pixel(normal[i])) for i in run], stroke=look.unknown, stroke_width="1.6",
                 stroke_dasharray="4 3")
            for run in _runs(normal)
        ]  # fmt: skip
    for run in _runs(high):
        shapes.append(path(_zigzag(run, at, low, high, x, y), stroke=look.text, stroke_width="1.3"))
    shapes.append(text(name, LEFT + 5, top + 12, size=12, fill=look.text, font_weight="600"))
    return shapes


def _zigzag(
    run: Sequence[int], at: np.ndarray, low: np.ndarray, high: np.ndarray, x: SvgAxis, y: SvgAxis
) -> list[tuple[float, float]]:
    if low is high:
        return [(x.pixel(at[i]), y.pixel(high[i])) for i in run]
    pairs = ((i, (low[i], high[i]) if i % 2 else (high[i], low[i])) for i in run)
    return [(x.pixel(at[i]), y.pixel(value)) for i, pair in pairs for value in pair]


def _shortly(kind: str, time: float) -> str:
    """A moment without what is below a second."""
    return stamp_words(kind, round(time) if kind == "time" else time)


def _times(start: float, end: float, n: int, time: np.ndarray | None) -> np.ndarray:
    width = (end - start) / max(1, n)
    return start + (np.arange(n) + 0.5) * width if time is None else time.astype(np.float64)


def _runs(values: np.ndarray) -> list[list[int]]:
    """Places of numbers, apart where one is missing; columns of a picture may be narrower than a step."""
    known = np.flatnonzero(np.isfinite(values))
    if not known.size:
        return []
    usual = int(np.median(np.diff(known))) if known.size > 1 else 1
    cuts = np.flatnonzero(np.diff(known) > 3 * usual) + 1
    return [part.tolist() for part in np.split(known, cuts)]
