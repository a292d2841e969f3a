"""The ROC or precision-recall curves of several detectors in one figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from dashboard import theme
from dashboard.charts.roc import guessing, share_axis
from dashboard.charts.words import faded, safe
from dashboard.format import number

_WORDS = {
    "roc": ("ROC", "False-positive rate", "Recall", "recall %{y:.1%}, false-positive rate %{x:.2%}"),
    "precision": ("Precision and recall", "Recall", "Precision", "precision %{y:.1%}, recall %{x:.1%}"),
}
_DASHES = ("solid", "dot", "dash")
_MANY = 4
"""From so many curves on the legend stands in a column of its own."""


def compare_curves_figure(
    kind: str,
    curves: Sequence[Mapping[str, Any]],
    *,
    anomalies: float | None = None,
    subtitle: str = "",
    height: int = 340,
) -> go.Figure:
    """Curves over each other; runs are strong, classical detectors thin.

    Parameters
    ----------
    kind
        "roc" or "precision".
    curves
        Of each detector: "title", "kind" ("network" or "classical"), "x", "y" and "area".
    anomalies
        The share of anomalies, which is the precision of guessing.
    """
    title, x, y, hover = _WORDS[kind]
    guess = [0, 1] if kind == "roc" else [anomalies or 0.0] * 2
    traces = [guessing([0, 1], guess) | {"showlegend": False}]
    colours = theme.palette().series
    for index, curve in enumerate(curves):
        strong = curve["kind"] == "network"
        name = safe(curve["title"], 28)
        traces.append(
            {
                "type": "scatter",
                "x": curve["x"],
                "y": curve["y"],
                "name": f"{name} ({number(curve['area'], 4)})",
                "mode": "lines",
                "line": {
                    "color": colours[index % len(colours)],
                    "width": 3 if strong else 1.6,
                    "dash": _DASHES[index // len(colours) % len(_DASHES)],
                },
                "hovertemplate": f"{hover}<extra>{name}</extra>",
            }
        )
    # The first, which all others are compared with, is drawn on top of them.
    if len(traces) > 1:
        traces.append(traces.pop(1))
        for rank, trace in enumerate(traces):
            trace["legendrank"] = 1 if rank == len(traces) - 1 else 10 + rank
    layout: dict[str, Any] = {
        "xaxis": share_axis(x),
        "yaxis": share_axis(y),
        "hovermode": "closest",
        "uirevision": f"compare-{kind}",
    }
    figure = theme.figure_layout(go.Figure({"data": traces, "layout": layout}), title, subtitle, height=height)
    if len(curves) >= _MANY:
        figure.update_layout(
            legend={
                "orientation": "v",
                "xref": "paper",
                "yref": "paper",
                "x": 0.99 if kind == "roc" else 0.02,
                "xanchor": "right" if kind == "roc" else "left",
                "y": 0.03,
                "yanchor": "bottom",
                "bgcolor": faded(theme.palette().background, 0.8),
                "font": {"size": 11},
            }
        )
    return figure
