"""All thresholds on one axis of the scores: the histogram above, and below a line for each rule with its interval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go

from core.metrics.grid import Histogram
from core.modalities.nouns import ROWS, Nouns
from dashboard import theme
from dashboard.charts.error_histogram import error_histogram
from dashboard.charts.words import faded, fixed_margins
from dashboard.format import number

LINE = 23
"""Height of a rule's line in pixels."""
_HISTOGRAM, _AROUND = 190, 130
_WIDEST = 4.0
"""A linear axis reaches so many times the bins' width for thresholds that lie beyond them; farther ones are arrows."""


@dataclass(frozen=True)
class Mark:
    """A rule's threshold and, where it is known, the interval around it."""

    name: str
    threshold: float
    interval: tuple[float, float] | None = None
    chosen: bool = False


def threshold_rules(
    histogram: Histogram, marks: Sequence[Mark], *, log_score: bool, says: Nouns = ROWS, subtitle: str = ""
) -> go.Figure:
    """The histogram with a line at every threshold.

    Parameters
    ----------
    histogram
        Counts per bin and class.
    marks
        The thresholds, the one that stands at the top first.
    log_score
        A logarithmic axis of the scores; a threshold at zero or below has no place on it. The rows' always is one:
        thresholds lie where few rows are.
    says
        The words of the kind of data.
    """
    colours, height = theme.palette(), _HISTOGRAM + LINE * len(marks) + _AROUND
    low, high = _ends(histogram, marks, log_score)
    chosen = next((mark.threshold for mark in marks if mark.chosen), high)
    figure = error_histogram(
        histogram,
        chosen,
        log_score=log_score,
        log_count=True,
        stacked=False,
        says=says,
        subtitle=subtitle,
        height=height,
    )
    split = LINE * len(marks) / (height - _AROUND)
    names = [mark.name for mark in marks][::-1]
    figure.update_layout(
        title_text="Thresholds",
        hovermode="closest",
        uirevision="rules",
        yaxis={"domain": [split + 0.03, 1]},
        yaxis2={
            "domain": [0, split],
            "anchor": "x",
            "type": "category",
            "categoryorder": "array",
            "categoryarray": names,
            "range": [-0.5, len(marks) - 0.5],
            "gridcolor": colours.grid,
            "tickfont": {"size": 12, "color": colours.text},
            "fixedrange": True,
        },
        xaxis={"anchor": "y2", "range": [float(np.log10(low)), float(np.log10(high))] if log_score else [low, high]},
    )
    others = [
        _line(m, i, split, len(marks), colours) for i, m in enumerate(marks) if not m.chosen and m.threshold > low
    ]
    if not any(mark.chosen for mark in marks):
        figure.layout.shapes, figure.layout.annotations = (), ()
    figure.layout.shapes = (*figure.layout.shapes, *others)
    figure.update_traces(hoverinfo="skip", hovertemplate=None)
    for mark in marks:
        figure.add_trace(_dot(mark, low, high, colours))
    return fixed_margins(figure, left=150)


def _ends(histogram: Histogram, marks: Sequence[Mark], log_score: bool) -> tuple[float, float]:
    """The axis' ends: the bins and the thresholds, with a little air."""
    low, high = float(histogram.edges[0]), float(histogram.edges[-1])
    places = [m.threshold for m in marks if np.isfinite(m.threshold) and (m.threshold > 0 or not log_score)]
    if log_score:
        low, high = min([low, *places]), max([high, *places])
        air = (high / low) ** 0.02
        return low / air, high * air
    reach = high - low or 1.0
    low = max(min([low, *places]), low - reach)
    high = min(max([high, *places]), low + _WIDEST * reach)
    air = 0.02 * (high - low)
    return low - air, high + air


def _line(mark: Mark, index: int, split: float, rules: int, colours: theme.Palette) -> dict[str, Any]:
    """From the top of the histogram down to the rule's dot."""
    dot = split * (1 - (index + 0.5) / rules)
    return {
        "type": "line",
        "xref": "x",
        "yref": "paper",
        "x0": mark.threshold,
        "x1": mark.threshold,
        "y0": dot,
        "y1": 1,
        "layer": "between",
        "line": {"color": faded(colours.threshold, 0.28), "width": 1},
    }


def _dot(mark: Mark, low: float, high: float, colours: theme.Palette) -> dict[str, Any]:
    """The threshold with its interval as a bar; an arrow where it lies beyond the axis."""
    colour = colours.accent if mark.chosen else colours.muted
    inside = low <= mark.threshold <= high
    hover = f"<b>{mark.name}</b><br>flagged above {number(mark.threshold, 5)}"
    bar: dict[str, Any] = {"visible": False}
    if mark.interval is not None:
        hover += f"<br>95 %: {number(mark.interval[0], 4)} to {number(mark.interval[1], 4)}"
        bar = {
            "type": "data",
            "symmetric": False,
            "array": [max(0.0, mark.interval[1] - mark.threshold)],
            "arrayminus": [max(0.0, mark.threshold - mark.interval[0])],
            "color": colour,
            "thickness": 2,
            "width": 4,
        }
    return {
        "type": "scatter",
        "x": [min(max(mark.threshold, low), high)],
        "y": [mark.name],
        "yaxis": "y2",
        "mode": "markers",
        "marker": {"color": colour, "size": 10 if mark.chosen else 8, "symbol": "circle" if inside else "arrow-right"},
        "error_x": bar,
        "showlegend": False,
        "hovertemplate": hover + "<extra></extra>",
    }
