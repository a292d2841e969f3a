"""The scores as a histogram per class with the threshold as a line; counted on the server, so that no score travels.

Built from plain dicts in one go: Plotly's ``add_shape`` and ``update_layout`` would double the time of a slider's move.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go

from core.metrics.grid import Histogram
from core.metrics.groups import CLASSES
from core.modalities.nouns import ROWS, Nouns
from dashboard import theme
from dashboard.charts.words import CLASS_NAMES, class_colour, faded, fixed_margins
from dashboard.format import count, number

_ORDER = ("unknown", "normal", "anomaly")
"""From the back to the front, or from the bottom to the top of a stack."""


def error_histogram(
    histogram: Histogram,
    threshold: float,
    *,
    log_score: bool,
    log_count: bool,
    stacked: bool,
    says: Nouns = ROWS,
    subtitle: str = "",
    height: int = 380,
) -> go.Figure:
    """Steps per class, and what lies above the threshold tinted.

    Parameters
    ----------
    histogram
        Counts per bin and class.
    threshold
        Where the line stands, on the scale of the scores.
    log_score, log_count
        Logarithmic axes.
    stacked
        Classes on top of each other instead of in front of each other.
    says
        The words of the kind of data.
    """
    traces, tallest = _traces(histogram, log_count=log_count, stacked=stacked, rows=says("Rows"))
    scores = _score_range(histogram, threshold, log_score)
    line, words = _threshold(threshold, scores, log_score)
    heights = [float(np.log10(0.7)), float(np.log10(max(2.0, tallest))) * 1.08]
    layout = {
        "xaxis": _axis("Anomaly score", log_score, scores, decades=scores[1] - scores[0] > 1.5),
        "yaxis": _axis(says("Rows"), log_count, heights if log_count else [0, max(1.0, tallest) * 1.08], decades=True),
        "shapes": line,
        "annotations": words,
        "hovermode": "x unified",
        "uirevision": "errors",
        "legend": {"traceorder": "reversed"},
    }
    figure = go.Figure({"data": traces, "layout": layout})
    return fixed_margins(
        theme.figure_layout(figure, "Anomaly scores", subtitle + _beyond(histogram), height=height), left=60
    )


def _axis(title: str, log: bool, ends: list[float], *, decades: bool) -> dict[str, Any]:
    axis: dict[str, Any] = {"title": {"text": title}, "type": "log" if log else "linear", "range": ends}
    return {**axis, "dtick": 1} if log and decades else axis


def _traces(histogram: Histogram, *, log_count: bool, stacked: bool, rows: str) -> tuple[list[dict[str, Any]], float]:
    """A trace per class that has rows, and the height of the tallest bin."""
    labelled = bool(histogram.counts[:2].any())
    # A logarithmic axis has no zero: half a row stands for none, below the axis' lower end.
    floor = 0.5 if log_count else 0.0
    base = np.full(histogram.counts.shape[1], floor)
    traces: list[dict[str, Any]] = []
    for name in _ORDER:
        counts = histogram.counts[CLASSES.index(name)]
        if not counts.any():
            continue
        below = base if stacked else np.full(base.shape, floor)
        top = np.where(counts > 0, np.where(below > floor, below, 0) + counts, below)
        words, on_top = CLASS_NAMES[name] if labelled else rows, stacked and bool(traces)
        colour = class_colour(name, labelled=labelled)
        traces.append(_trace(words, colour, histogram.edges, counts, top, on_top=on_top))
        base = top if stacked else np.maximum(base, top)
    return traces, float(base.max(initial=1.0))


def _trace(
    words: str, colour: str, edges: np.ndarray, counts: np.ndarray, top: np.ndarray, *, on_top: bool
) -> dict[str, Any]:
    return {
        "type": "scatter",
        "x": edges,
        "y": np.append(top, top[-1]),
        "customdata": np.append(counts, 0),
        "name": f"{words} ({count(counts.sum())})",
        "mode": "lines",
        "line": {"color": colour, "width": 1.6, "shape": "hv"},
        "fill": "tonexty" if on_top else "tozeroy",
        "fillcolor": faded(colour, 0.32),
        "hovertemplate": "%{customdata:,}<extra>" + words + "</extra>",
    }


def _score_range(histogram: Histogram, threshold: float, log_score: bool) -> list[float]:
    """The axis' ends: the bins and the line, with a little air; powers of ten on a logarithmic axis."""
    ends = [float(histogram.edges[0]), float(histogram.edges[-1])]
    if threshold > 0 or not log_score:
        ends = [min(ends[0], threshold), max(ends[1], threshold)]
    if log_score:
        ends = [float(np.log10(end)) for end in ends]
    air = 0.02 * (ends[1] - ends[0]) or 0.5
    return [ends[0] - air, ends[1] + air]


def _threshold(
    threshold: float, scores: list[float], log_score: bool
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The line with what lies above it tinted, and its words; nothing where the axis has no such place."""
    if log_score and threshold <= 0:
        return [], []
    colours = theme.palette()
    end = 10 ** scores[1] if log_score else scores[1]
    upright = {"type": "rect", "yref": "paper", "y0": 0, "y1": 1}
    tint = {**upright, "x0": threshold, "x1": end, "fillcolor": faded(colours.threshold, 0.05), "line": {"width": 0}}
    line = {"type": "line", "yref": "paper", "y0": 0, "y1": 1, "x0": threshold, "x1": threshold}
    # An annotation's place on a logarithmic axis is a power of ten, a shape's is not.
    place = float(np.log10(threshold)) if log_score else threshold
    right = place - scores[0] > 0.78 * (scores[1] - scores[0])
    words = {
        "x": place,
        "y": 1,
        "yref": "paper",
        "text": f"flagged above {number(threshold, 4)}",
        "showarrow": False,
        "xanchor": "right" if right else "left",
        "yanchor": "top",
        "xshift": -6 if right else 6,
        "font": {"size": 12, "color": colours.text},
        "bgcolor": faded(colours.background, 0.8),
    }
    return [{**tint, "layer": "below"}, {**line, "line": {"color": colours.threshold, "width": 2}}], [words]


def _beyond(histogram: Histogram) -> str:
    """Say that a linear axis ends before the farthest rows."""
    return f", {count(histogram.beyond)} further right in the last bar" if histogram.beyond else ""
