"""The ROC curves of several runs in one figure."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from core.scoring.curves import Curve
from dashboard import theme
from dashboard.charts.roc import guessing, share_axis
from dashboard.charts.words import safe
from dashboard.format import number


def compare_roc_figure(runs: Sequence[tuple[str, Curve]], *, subtitle: str = "") -> go.Figure:
    """Recall against false-positive rate, one colour per run, its area in the legend.

    Parameters
    ----------
    runs
        Name and curve (:func:`core.scoring.curves.roc_curve`) of each run.
    """
    traces = [guessing([0, 1], [0, 1]) | {"showlegend": False}]
    for index, (name, curve) in enumerate(runs):
        traces.append(
            {
                "type": "scatter",
                "x": curve.x.astype(np.float32),
                "y": curve.y.astype(np.float32),
                "name": f"{safe(name, 28)} ({number(curve.area, 4)})",
                "mode": "lines",
                "line": {"color": theme.palette().series[index], "width": 2.4},
                "hovertemplate": "recall %{y:.1%}, false-positive rate %{x:.2%}<extra></extra>",
            }
        )
    layout = {"xaxis": share_axis("False-positive rate"), "yaxis": share_axis("Recall (true-positive rate)")}
    return theme.figure_layout(go.Figure({"data": traces, "layout": layout}), "ROC curves, AUC", subtitle)
