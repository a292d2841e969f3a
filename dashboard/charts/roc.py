"""The ROC curve with its area and the threshold's operating point; what the curves of this page have in common."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from core.scoring.curves import Curve
from dashboard import theme
from dashboard.charts.words import faded, fixed_margins
from dashboard.format import number, share


def roc(curve: Curve, point: tuple[float | None, float | None], *, subtitle: str = "", height: int = 400) -> go.Figure:
    """True-positive rate against false-positive rate.

    Parameters
    ----------
    curve
        From :func:`core.scoring.curves.roc_curve`.
    point
        False-positive rate and recall at the threshold.
    """
    traces = [
        guessing([0, 1], [0, 1]),
        line(curve, "recall %{y:.1%}<br>false-positive rate %{x:.2%}", filled=True),
        *operating_point(*point, f"threshold: {share(point[1])} caught, {share(point[0])} false alarms"),
    ]
    layout = {
        "xaxis": share_axis("False-positive rate"),
        "yaxis": share_axis("Recall (true-positive rate)"),
        "showlegend": False,
        "uirevision": "roc",
    }
    figure = go.Figure({"data": traces, "layout": layout})
    return fixed_margins(
        theme.figure_layout(figure, f"ROC curve, AUC {number(curve.area, 4)}", subtitle, height=height), left=60
    )


def share_axis(title: str) -> dict[str, Any]:
    """An axis from 0 to 100 % with room for a mark at its ends."""
    return {"title": {"text": title}, "range": [-0.015, 1.03], "tickformat": ".0%"}


def guessing(x: Sequence[float], y: Sequence[float]) -> dict[str, Any]:
    """What a coin would do, dotted."""
    dots = {"color": theme.palette().unknown, "width": 1, "dash": "dot"}
    return {"type": "scatter", "x": x, "y": y, "mode": "lines", "line": dots, "name": "Guessing", "hoverinfo": "skip"}


def line(curve: Curve, words: str, *, filled: bool) -> dict[str, Any]:
    """The curve itself; hovering says the ``words`` and the threshold of that place."""
    colour = theme.palette().accent
    return {
        "type": "scatter",
        # Half the bytes; the exact numbers are in the title and at the operating point.
        "x": curve.x.astype(np.float32),
        "y": curve.y.astype(np.float32),
        "customdata": curve.thresholds.astype(np.float32),
        "mode": "lines",
        "line": {"color": colour, "width": 2.5},
        "fill": "tozeroy" if filled else "none",
        "fillcolor": faded(colour, 0.08),
        "hovertemplate": words + "<br>threshold %{customdata:.4g}<extra></extra>",
    }


def operating_point(x: float | None, y: float | None, words: str) -> list[dict[str, Any]]:
    """Where the threshold stands on a curve; nothing where it has no place."""
    if x is None or y is None:
        return []
    colours = theme.palette()
    mark = {"size": 13, "color": colours.threshold, "line": {"color": colours.background, "width": 2.5}}
    template = words + "<extra></extra>"
    return [{"type": "scatter", "x": [x], "y": [y], "mode": "markers", "marker": mark, "hovertemplate": template}]
