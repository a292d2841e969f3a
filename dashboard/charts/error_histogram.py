"""The scores as a histogram per class with the threshold as a line; counted on the server, so that no score travels."""

import numpy as np
import plotly.graph_objects as go

from core.scoring.grid import Histogram
from core.scoring.groups import CLASSES
from dashboard import theme
from dashboard.charts.words import CLASS_NAMES, class_colour, faded
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
    """
    figure = go.Figure()
    labelled = bool(histogram.counts[:2].any())
    base = np.zeros(histogram.counts.shape[1])
    for name in _ORDER:
        counts = histogram.counts[CLASSES.index(name)]
        if counts.any():
            _add_class(figure, name, histogram.edges, counts, base if stacked else base * 0, log_count, labelled)
            base = base + counts
    tallest = float(base.max() if stacked else histogram.counts.max()) if base.size else 1.0
    theme.figure_layout(figure, "Anomaly scores", subtitle, height=height)
    scores = _score_range(histogram, threshold, log_score)
    figure.update_xaxes(title_text="Anomaly score", type="log" if log_score else "linear", range=scores)
    heights = [np.log10(0.7), np.log10(max(2.0, tallest)) * 1.08] if log_count else [0, max(1.0, tallest) * 1.08]
    figure.update_yaxes(title_text="Rows", type="log" if log_count else "linear", range=heights)
    if log_count:
        figure.update_yaxes(dtick=1)
    if log_score:
        figure.update_xaxes(dtick=1 if scores[1] - scores[0] > 1.5 else None, minor={"ticks": ""})
    _add_threshold(figure, threshold, scores, log_score)
    if histogram.beyond:
        _say_beyond(figure, histogram)
    figure.update_layout(hovermode="x unified", uirevision="errors", legend={"traceorder": "reversed"})
    return figure


def _add_class(
    figure: go.Figure,
    name: str,
    edges: np.ndarray,
    counts: np.ndarray,
    base: np.ndarray,
    log_count: bool,
    labelled: bool,
) -> None:
    # A logarithmic axis has no zero: half a row stands for none, below the axis' lower end.
    floor = 0.5 if log_count else 0.0
    top = np.where(counts > 0, base + counts, np.maximum(base, floor))
    colour = class_colour(name, labelled=labelled)
    label = f"{CLASS_NAMES[name] if labelled else 'Rows'} ({count(counts.sum())})"
    stacked = bool(base.any())
    figure.add_scatter(
        x=edges,
        y=np.append(top, top[-1] if stacked else floor),
        customdata=np.append(counts, 0),
        name=label,
        mode="lines",
        line={"color": colour, "width": 1.6, "shape": "hv"},
        fill="tonexty" if stacked else "tozeroy",
        fillcolor=faded(colour, 0.32),
        hovertemplate="%{customdata:,}<extra>" + label.rsplit(" (", 1)[0] + "</extra>",
    )


def _score_range(histogram: Histogram, threshold: float, log_score: bool) -> list[float]:
    """The axis' ends: the bins and the line, with a little air; powers of ten on a logarithmic axis."""
    low, high = float(histogram.edges[0]), float(histogram.edges[-1])
    if log_score:
        ends = [np.log10(low), np.log10(high)]
        if threshold > 0:
            ends = [min(ends[0], np.log10(threshold)), max(ends[1], np.log10(threshold))]
    else:
        ends = [min(low, threshold), max(high, threshold)]
    air = 0.02 * (ends[1] - ends[0]) or 0.5
    return [float(ends[0] - air), float(ends[1] + air)]


def _add_threshold(figure: go.Figure, threshold: float, scores: list[float], log_score: bool) -> None:
    if log_score and threshold <= 0:
        return
    colours = theme.palette()
    end = 10 ** scores[1] if log_score else scores[1]
    figure.add_vrect(x0=threshold, x1=end, fillcolor=colours.threshold, opacity=0.05, line_width=0, layer="below")
    figure.add_vline(x=threshold, line={"color": colours.threshold, "width": 2})
    place = float(np.log10(threshold)) if log_score else threshold
    right = place - scores[0] > 0.78 * (scores[1] - scores[0])
    figure.add_annotation(
        x=place,
        y=1,
        yref="paper",
        text=f"flagged above {number(threshold, 4)}",
        showarrow=False,
        xanchor="right" if right else "left",
        yanchor="top",
        xshift=-6 if right else 6,
        font={"size": 12, "color": colours.text},
        bgcolor=faded(colours.background, 0.8),
    )


def _say_beyond(figure: go.Figure, histogram: Histogram) -> None:
    figure.add_annotation(
        x=1,
        y=0,
        xref="paper",
        yref="paper",
        xanchor="right",
        yanchor="bottom",
        xshift=-4,
        yshift=18,
        text=f"{count(histogram.beyond)} rows lie further right; the last bar holds them",
        showarrow=False,
        font={"size": 11, "color": theme.palette().muted},
        bgcolor=faded(theme.palette().background, 0.8),
    )
