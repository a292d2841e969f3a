"""The four counts at the threshold: what is flagged, and what it really is."""

from typing import Any

import plotly.graph_objects as go

from core.scoring.evaluation import Confusion, ratio
from dashboard import theme
from dashboard.charts.words import faded
from dashboard.format import count, share


def confusion_figure(counts: Confusion, *, subtitle: str = "", height: int = 250) -> go.Figure:
    """A matrix of two by two; each cell says its count and its share of the class; right and wrong differ in colour.

    Parameters
    ----------
    counts
        The labelled rows at the threshold.
    """
    colours = theme.palette()
    caught, missed = counts.true_positives, counts.false_negatives
    alarms, passed = counts.false_positives, counts.true_negatives
    cells = (
        (0, 1, caught, ratio(caught, caught + missed), colours.accent, "caught"),
        (1, 1, missed, ratio(missed, caught + missed), colours.anomaly, "missed"),
        (0, 0, alarms, ratio(alarms, alarms + passed), colours.anomaly, "false alarms"),
        (1, 0, passed, ratio(passed, alarms + passed), colours.accent, "passed"),
    )
    trace = {
        "type": "scatter",
        "mode": "text",
        "x": [x for x, *_ in cells],
        "y": [y for _, y, *_ in cells],
        "text": [f"<b>{count(n)}</b><br>{share(part)} {word}" for _, _, n, part, _, word in cells],
        "textfont": {"size": 13, "color": colours.text},
        "hoverinfo": "skip",
    }
    plain = {"showgrid": False, "zeroline": False, "fixedrange": True, "range": [-0.5, 1.5], "tickvals": [0, 1]}
    layout = {
        "xaxis": {**plain, "ticktext": ["Flagged", "Not flagged"], "side": "top"},
        "yaxis": {**plain, "ticktext": ["Normal", "Anomaly"]},
        "shapes": [_cell(x, y, part or 0.0, colour) for x, y, _, part, colour, _ in cells],
        "showlegend": False,
        "uirevision": "confusion",
    }
    figure = theme.figure_layout(
        go.Figure({"data": [trace], "layout": layout}), "Confusion matrix", subtitle, height=height
    )
    # Room for the labels above the cells and for the buttons below them.
    figure.layout.margin.update(t=figure.layout.margin.t + 26, b=36)
    return figure


def _cell(x: int, y: int, part: float, colour: str) -> dict[str, Any]:
    """The fuller the cell, the stronger its colour."""
    return {
        "type": "rect",
        "x0": x - 0.48,
        "x1": x + 0.48,
        "y0": y - 0.46,
        "y1": y + 0.46,
        "fillcolor": faded(colour, 0.06 + 0.44 * part),
        "line": {"width": 0},
        "layer": "below",
    }
