"""Precision against recall with the average precision and the threshold's operating point."""

import plotly.graph_objects as go

from core.scoring.curves import Curve
from dashboard import theme
from dashboard.charts.roc import guessing, line, operating_point, share_axis
from dashboard.charts.words import fixed_margins
from dashboard.format import number, share


def precision_recall(
    curve: Curve,
    point: tuple[float | None, float | None],
    anomalies: float,
    *,
    subtitle: str = "",
    height: int = 400,
) -> go.Figure:
    """The precision-recall curve.

    Parameters
    ----------
    curve
        From :func:`core.scoring.curves.precision_recall_curve`.
    point
        Recall and precision at the threshold.
    anomalies
        The share of anomalies among the labelled rows: the precision of guessing.
    """
    traces = [
        guessing([0, 1], [anomalies, anomalies]),
        line(curve, "precision %{y:.1%}<br>recall %{x:.1%}", filled=True),
        *operating_point(*point, f"threshold: {share(point[1])} of the flagged are right, {share(point[0])} caught"),
    ]
    layout = {
        "xaxis": share_axis("Recall"),
        "yaxis": share_axis("Precision"),
        "showlegend": False,
        "uirevision": "precision-recall",
    }
    title = f"Precision and recall, average precision {number(curve.area, 4)}"
    return fixed_margins(
        theme.figure_layout(go.Figure({"data": traces, "layout": layout}), title, subtitle, height=height), left=60
    )
