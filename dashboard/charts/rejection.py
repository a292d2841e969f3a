"""Background rejection 1/ε_b against signal efficiency ε_s on a logarithmic axis, as particle physics draws it."""

import numpy as np
import plotly.graph_objects as go

from core.scoring.curves import Curve
from core.scoring.evaluation import Rejection
from dashboard import theme
from dashboard.charts.roc import add_point
from dashboard.format import number, share


def rejection(curve: Curve, at: Rejection, *, subtitle: str = "", height: int = 400) -> go.Figure:
    """The curve and the value at one signal efficiency.

    Parameters
    ----------
    curve
        From :func:`core.scoring.curves.rejection_curve`.
    at
        From :func:`core.scoring.evaluation.rejection_at`.
    """
    colours = theme.palette()
    figure = go.Figure()
    guess = np.geomspace(1e-3, 1, 50)
    figure.add_scatter(
        x=guess,
        y=1 / guess,
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
        name="1/ε_b",
        hovertemplate="1/ε<sub>b</sub> %{y:.4g}<br>"
        "ε<sub>s</sub> %{x:.1%}<br>threshold %{customdata:.4g}<extra></extra>",
    )
    figure.add_vline(x=at.signal_efficiency, line={"color": colours.threshold, "width": 1, "dash": "dash"})
    sign = "≥ " if at.bound else ""
    said = f"1/ε<sub>b</sub> {sign}{number(at.value, 4)} at ε<sub>s</sub> = {share(at.signal_efficiency)}"
    add_point(figure, at.signal_efficiency, at.value, said)
    title = f"Background rejection, {said.replace(share(at.signal_efficiency), f'{at.signal_efficiency:.2g}')}"
    theme.figure_layout(figure, title, subtitle, height=height)
    tallest = max(10.0, at.value, float(curve.y.max(initial=1.0)))
    figure.update_xaxes(title_text="Signal efficiency ε<sub>s</sub>", range=[-0.015, 1.015])
    figure.update_yaxes(
        title_text="Background rejection 1/ε<sub>b</sub>", type="log", range=[-0.05, np.log10(tallest) * 1.06], dtick=1
    )
    figure.update_layout(showlegend=False, uirevision="rejection")
    return figure
