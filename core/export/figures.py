"""The figures of a report and of its picture card, drawn from counts and curves alone."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from core.drawing import svg
from core.drawing.markup import Markup, tag
from core.drawing.svg import Colours, Points, SvgAxis
from core.metrics.curves import Curve
from core.metrics.grid import ScoreGrid
from core.modalities.nouns import ROWS, Nouns
from core.words import count, number

_BACK_TO_FRONT = (2, 0, 1)
CLASS_WORDS = ("Normal", "Anomaly", "Without label")
PAGE = Colours()


def histogram(
    grid: ScoreGrid,
    parts: Sequence[str],
    threshold: float,
    *,
    axes: Sequence[str] = (),
    labelled: bool,
    width: float = 720,
    height: float = 340,
    size: float = 12,
    colours: Colours = PAGE,
    says: Nouns = ROWS,
) -> Markup:
    """The scores of some parts per class, and the threshold; ``size`` is that of the letters."""
    log = "log-scores" in axes and bool(grid.log_edges.size)
    bins = grid.histogram(tuple(parts), log=log)
    edges, counts = bins.edges, bins.counts
    low, high = float(edges[0]), max(float(edges[-1]), threshold)
    if log:
        low = min(low, threshold) if threshold > 0 else low
    else:
        air = 0.02 * (high - low) or 0.5
        low, high = min(low, threshold) - air, high + air
    x = SvgAxis(low, high, 5.2 * size, width - 1.2 * size, log)
    tallest = float(max(2, counts.max(initial=1)))
    log_counts = "log-counts" in axes
    y = SvgAxis(
        0.7 if log_counts else 0.0,
        tallest**1.08 if log_counts else tallest * 1.08,
        height - 3.9 * size,
        size,
        log_counts,
    )
    shapes = [svg.axes(x, y, colours, x_title="Anomaly score", y_title=says("Rows"), size=size)]
    for place in _BACK_TO_FRONT:
        if not counts[place].any():
            continue
        outline: list[tuple[float, float]] = []
        for a, b, rows in zip(edges[:-1], edges[1:], counts[place], strict=True):
            top = y.pixel(float(rows)) if rows else y.start
            outline += [(x.clipped(float(a)), top), (x.clipped(float(b)), top)]
        colour = colours.of_class(place, labelled=labelled)
        foot = [(outline[-1][0], y.start), (outline[0][0], y.start)]
        shapes.append(svg.path([*outline, *foot], close=True, fill=colour, opacity="0.32"))
        shapes.append(svg.path(outline, stroke=colour, stroke_width="1.6"))
    line = x.clipped(threshold)
    shapes.append(svg.rectangle(line, y.end, x.end - line, y.start - y.end, fill=colours.threshold, opacity="0.05"))
    shapes.append(svg.path([(line, y.end), (line, y.start)], stroke=colours.threshold, stroke_width="2"))
    right = line > x.start + 0.72 * (x.end - x.start)
    shapes.append(
        svg.text(
            f"flagged above {number(threshold, 4)}", line + (-8 if right else 8), y.end + size, size=size,
            fill=colours.text, anchor="end" if right else "start", stroke=colours.background, stroke_width="4",
            stroke_linejoin="round", paint_order="stroke",
        )
    )  # fmt: skip
    label = says(f"Histogram of the anomaly scores; rows above {number(threshold, 4)} are flagged")
    return svg.figure(width, height, shapes, label=label)


def legend(grid: ScoreGrid, parts: Sequence[str], *, labelled: bool, says: Nouns = ROWS) -> Markup:
    """The classes with their colours and rows."""
    rows = grid.rows(tuple(parts))
    names = CLASS_WORDS if labelled else ("", "", says("Rows"))
    kinds = ("normal", "anomaly", "unknown" if labelled else "accent")
    made = [
        tag("span", tag("i", class_=f"swatch {kinds[j]}"), f"{names[j]} ({count(int(rows[j]))})")
        for j in (1, 0, 2)
        if rows[j]
    ]
    return tag("p", made, class_="legend")


def curve(
    found: Curve, here: tuple[float, float] | None, *, x_title: str, y_title: str, guess: Points, label: str,
    width: float = 350, height: float = 300, colours: Colours = PAGE,
) -> Markup:  # fmt: skip
    """A curve of shares with the place of the threshold on it."""
    x, y = SvgAxis(-0.015, 1.03, 62, width - 10), SvgAxis(-0.015, 1.03, height - 46, 10)
    points = [(x.pixel(float(a)), y.pixel(float(b))) for a, b in zip(found.x, found.y, strict=True)]
    floor = [(points[-1][0], y.pixel(0)), (points[0][0], y.pixel(0))]
    shapes = [
        svg.axes(x, y, colours, x_title=x_title, y_title=y_title, x_words=svg.percent, y_words=svg.percent),
        svg.path([(x.pixel(a), y.pixel(b)) for a, b in guess], stroke=colours.unknown, stroke_dasharray="2 4"),
        svg.path([*points, *floor], close=True, fill=colours.accent, opacity="0.08"),
        svg.path(points, stroke=colours.accent, stroke_width="2.5", stroke_linejoin="round"),
    ]
    if here:
        shapes.append(
            svg.circle(
                x.pixel(here[0]),
                y.pixel(here[1]),
                6,
                fill=colours.threshold,
                stroke=colours.background,
                stroke_width="2",
            )
        )
    return svg.figure(width, height, shapes, label=label)


def several_curves(
    lines: Sequence[Mapping[str, Any]],
    *,
    x_title: str,
    y_title: str,
    label: str,
    width: float = 350,
    height: float = 300,
) -> Markup:
    """Curves of shares over each other, each with ``x``, ``y``, ``title``; the first, which is the run's, is strong."""
    x, y = SvgAxis(-0.015, 1.03, 62, width - 10), SvgAxis(-0.015, 1.03, height - 46, 10)
    shapes = [svg.axes(x, y, PAGE, x_title=x_title, y_title=y_title, x_words=svg.percent, y_words=svg.percent)]
    for k, line in reversed(list(enumerate(lines))):
        points = [(x.pixel(float(a)), y.pixel(float(b))) for a, b in zip(line["x"], line["y"], strict=True)]
        colour, strength = (PAGE.muted, "1.2") if k else (PAGE.accent, "2.5")
        shapes.append(svg.path(points, stroke=colour, stroke_width=strength, stroke_linejoin="round"))
    names = ", ".join(str(line["title"]) for line in lines)
    return svg.figure(width, height, shapes, label=f"{label} of {names}")


def losses(
    epochs: Sequence[Mapping[str, Any]], kept: int | None, *, width: float = 720, height: float = 260
) -> Markup | None:
    """The loss per epoch, of the training and of the validation rows; None where there is nothing to draw."""
    lines = {
        name: [
            (float(e["epoch"]), float(e[name]["loss"])) for e in epochs if math.isfinite(e[name].get("loss", math.nan))
        ]
        for name in ("train", "validation")
    }
    every = [value for line in lines.values() for _, value in line]
    if len(lines["train"]) < 2 or not every:
        return None
    log = min(every) > 0 and max(every) > 8 * min(every)
    low, high = min(every), max(every)
    room = (high - low) or abs(high) or 1.0
    y = (
        SvgAxis(low / 1.15, high * 1.15, height - 46, 10, True)
        if log
        else SvgAxis(low - 0.06 * room, high + 0.06 * room, height - 46, 10)
    )
    first, last = lines["train"][0][0], lines["train"][-1][0]
    x = SvgAxis(first, last, 64, width - 14)
    shapes = [svg.axes(x, y, PAGE, x_title="Epoch", y_title="Loss", x_words=_whole)]
    if kept and first <= kept <= last:
        place = x.pixel(kept)
        shapes.append(svg.path([(place, 10), (place, height - 46)], stroke=PAGE.threshold, stroke_dasharray="3 4"))
        end = place > x.start + 0.8 * (x.end - x.start)
        shapes.append(
            svg.text("weights kept", place + (-6 if end else 6), 22, fill=PAGE.muted, anchor="end" if end else "start")
        )
    for name, colour in (("train", PAGE.normal), ("validation", PAGE.anomaly)):
        points = [(x.pixel(a), y.pixel(b)) for a, b in _thinned(lines[name])]
        if points:
            shapes.append(svg.path(points, stroke=colour, stroke_width="2", stroke_linejoin="round"))
    return svg.figure(width, height, shapes, label=f"The loss over {count(last)} epochs")


def intervals(rows: Sequence[tuple[str, float, float, float, bool]], *, label: str, width: float = 720) -> Markup:
    """Numbers with their intervals: name, value, low, high, and whether it is the one that others are compared with."""
    step, top = 30, 14
    height = top + step * len(rows) + 44
    low, high = min(row[2] for row in rows), max(row[3] for row in rows)
    air = 0.05 * (high - low) or 0.05
    x = SvgAxis(max(0.0, low - air), min(1.0, high + air), 230, width - 16)
    y = SvgAxis(0.0, 1.0, height - 44, top)
    shapes = []
    for value in x.ticks(6):
        shapes.append(svg.path([(x.pixel(value), y.end), (x.pixel(value), y.start)], stroke=PAGE.grid))
        shapes.append(svg.text(f"{value:.3g}", x.pixel(value), y.start + 17, fill=PAGE.muted, anchor="middle"))
    shapes.append(svg.text(label, (x.start + x.end) / 2, y.start + 37, size=13, fill=PAGE.muted, anchor="middle"))
    for i, (name, value, least, most, own) in enumerate(rows):
        here = top + step * (i + 0.5)
        colour = PAGE.accent if own else PAGE.muted
        weight = "600" if own else "400"
        shown = name if len(name) <= 30 else name[:29] + "…"
        shapes.append(
            svg.text(shown, x.start - 14, here + 4, size=13, fill=PAGE.text, anchor="end", font_weight=weight)
        )
        shapes.append(
            svg.path(
                [(x.clipped(least), here), (x.clipped(most), here)],
                stroke=colour,
                stroke_width="3",
                stroke_linecap="round",
            )
        )
        shapes.append(svg.circle(x.pixel(value), here, 5.5, fill=colour, stroke=PAGE.background, stroke_width="1.5"))
    return svg.figure(width, height, shapes, label=f"{label} of each detector with its interval")


def bar(share: float, colour: str = PAGE.accent, *, width: float = 120) -> Markup:
    """A share as a small bar."""
    filled = max(0.0, min(1.0, share)) * width
    shapes = [
        svg.rectangle(0, 0, width, 8, rx="4", fill=PAGE.grid),
        svg.rectangle(0, 0, filled, 8, rx="4", fill=colour),
    ]
    return svg.figure(width, 8, shapes, label=f"{100 * share:.0f} %", class_="bar")


def _whole(value: float) -> str:
    return count(value) if value == int(value) else ""


def _thinned(points: Points, most: int = 600) -> Points:
    if len(points) <= most:
        return points
    return [points[i] for i in np.unique(np.linspace(0, len(points) - 1, most).astype(int))]
