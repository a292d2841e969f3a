"""The four counts at the threshold: what is flagged, and what it really is."""

import plotly.graph_objects as go

from core.scoring.evaluation import Confusion, ratio
from dashboard import theme
from dashboard.charts.words import faded
from dashboard.format import count, share


def confusion_figure(counts: Confusion, *, subtitle: str = "", height: int = 250) -> go.Figure:
    """A matrix of two by two; each cell says its count and its share of the class."""
    colours = theme.palette()
    caught, missed = counts.true_positives, counts.false_negatives
    alarms, passed = counts.false_positives, counts.true_negatives
    figure = go.Figure()
    cells = (
        ("flagged", "Anomaly", caught, caught + missed, colours.accent, "caught"),
        ("not flagged", "Anomaly", missed, caught + missed, colours.anomaly, "missed"),
        ("flagged", "Normal", alarms, alarms + passed, colours.anomaly, "false alarms"),
        ("not flagged", "Normal", passed, alarms + passed, colours.accent, "passed"),
    )
    for x, y, n, total, colour, word in cells:
        _add_cell(figure, x, y, n, ratio(n, total), colour, word)
    theme.figure_layout(figure, "Confusion matrix", subtitle, height=height)
    plain = {"showgrid": False, "zeroline": False, "fixedrange": True, "ticks": ""}
    figure.update_xaxes(side="top", range=[-0.5, 1.5], tickvals=[0, 1], ticktext=["Flagged", "Not flagged"], **plain)
    figure.update_yaxes(range=[-0.5, 1.5], tickvals=[1, 0], ticktext=["Anomaly", "Normal"], **plain)
    figure.update_layout(showlegend=False, uirevision="confusion", margin_t=96 if subtitle else 76)
    return figure


def _add_cell(figure: go.Figure, x: str, y: str, n: int, part: float | None, colour: str, word: str) -> None:
    colours = theme.palette()
    column, line = int(x == "not flagged"), int(y == "Anomaly")
    # The fuller the cell, the stronger its colour.
    figure.add_shape(
        type="rect",
        x0=column - 0.48,
        x1=column + 0.48,
        y0=line - 0.46,
        y1=line + 0.46,
        fillcolor=faded(colour, 0.06 + 0.44 * (part or 0.0)),
        line_width=0,
        layer="below",
    )
    figure.add_annotation(
        x=column,
        y=line,
        text=f"<b>{count(n)}</b><br>{share(part)} {word}",
        showarrow=False,
        font={"size": 13, "color": colours.text},
    )
    figure.add_scatter(
        x=[column],
        y=[line],
        mode="markers",
        marker={"size": 1, "opacity": 0},
        hovertemplate=f"{count(n)} rows: {y.lower()}, {x}<extra></extra>",
    )
