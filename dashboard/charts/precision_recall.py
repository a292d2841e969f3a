"""Precision against recall with the average precision and the threshold's operating point."""

import plotly.graph_objects as go

from core.scoring.curves import Curve
from dashboard import theme
from dashboard.charts.roc import add_point
from dashboard.charts.words import faded
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
    colours = theme.palette()
    figure = go.Figure()
    figure.add_scatter(
        x=[0, 1],
        y=[anomalies, anomalies],
        mode="lines",
        line={"color": colours.unknown, "width": 1, "dash": "dot"},
        hovertemplate=f"guessing: {share(anomalies)} of the rows are anomalies<extra></extra>",
        name="Guessing",
    )
    figure.add_scatter(
        x=curve.x,
        y=curve.y,
        customdata=curve.thresholds,
        mode="lines",
        line={"color": colours.accent, "width": 2.5},
        fill="tozeroy",
        fillcolor=faded(colours.accent, 0.08),
        name="Precision",
        hovertemplate="precision %{y:.1%}<br>recall %{x:.1%}<br>threshold %{customdata:.4g}<extra></extra>",
    )
    add_point(figure, *point, f"threshold: {share(point[1])} of the flagged are right, {share(point[0])} caught")
    title = f"Precision and recall, average precision {number(curve.area, 4)}"
    theme.figure_layout(figure, title, subtitle, height=height)
    figure.update_xaxes(title_text="Recall", range=[-0.015, 1.015], tickformat=".0%")
    figure.update_yaxes(title_text="Precision", range=[-0.015, 1.03], tickformat=".0%")
    figure.update_layout(showlegend=False, uirevision="precision-recall")
    return figure
