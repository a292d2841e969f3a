"""The ROC curve with its area and the threshold's operating point."""

import plotly.graph_objects as go

from core.scoring.curves import Curve
from dashboard import theme
from dashboard.charts.words import faded
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
    colours = theme.palette()
    figure = go.Figure()
    figure.add_scatter(
        x=[0, 1],
        y=[0, 1],
        mode="lines",
        line={"color": colours.unknown, "width": 1, "dash": "dot"},
        name="Guessing",
        hoverinfo="skip",
    )
    figure.add_scatter(
        x=curve.x,
        y=curve.y,
        customdata=curve.thresholds,
        mode="lines",
        line={"color": colours.accent, "width": 2.5},
        fill="tozeroy",
        fillcolor=faded(colours.accent, 0.08),
        name="ROC",
        hovertemplate="recall %{y:.1%}<br>false-positive rate %{x:.2%}<br>threshold %{customdata:.4g}<extra></extra>",
    )
    add_point(figure, *point, f"threshold: {share(point[1])} caught, {share(point[0])} false alarms")
    theme.figure_layout(figure, f"ROC curve, AUC {number(curve.area, 4)}", subtitle, height=height)
    figure.update_xaxes(title_text="False-positive rate", range=[-0.015, 1.015], tickformat=".0%")
    figure.update_yaxes(title_text="Recall (true-positive rate)", range=[-0.015, 1.03], tickformat=".0%")
    figure.update_layout(showlegend=False, uirevision="roc")
    return figure


def add_point(figure: go.Figure, x: float | None, y: float | None, text: str) -> None:
    """Mark where the threshold stands on a curve; nothing where it has no place."""
    if x is None or y is None:
        return
    colours = theme.palette()
    figure.add_scatter(
        x=[x],
        y=[y],
        mode="markers",
        marker={"size": 13, "color": colours.threshold, "line": {"color": colours.background, "width": 2.5}},
        name="Threshold",
        hovertemplate=text + "<extra></extra>",
    )
