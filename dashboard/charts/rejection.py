"""Background rejection 1/ε_b against signal efficiency ε_s on a logarithmic axis, as particle physics draws it."""

import numpy as np
import plotly.graph_objects as go

from core.scoring.curves import Curve
from core.scoring.evaluation import Rejection
from dashboard import theme
from dashboard.charts.roc import guessing, line, operating_point
from dashboard.charts.words import fixed_margins
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
    guess = np.geomspace(1e-3, 1, 50)
    said = f"1/ε<sub>b</sub> {'≥' if at.bound else '='} {number(at.value, 4)} at ε<sub>s</sub> = "
    traces = [
        guessing(guess, 1 / guess),
        line(curve, "1/ε<sub>b</sub> %{y:.4g}<br>ε<sub>s</sub> %{x:.1%}", filled=False),
        *operating_point(at.signal_efficiency, at.value, said + share(at.signal_efficiency)),
    ]
    tallest = max(10.0, at.value, float(curve.y.max(initial=1.0)))
    place = {"x0": at.signal_efficiency, "x1": at.signal_efficiency, "y0": 0, "y1": 1, "yref": "paper"}
    layout = {
        "xaxis": {"title": {"text": "Signal efficiency ε<sub>s</sub>"}, "range": [-0.015, 1.015]},
        "yaxis": {
            "title": {"text": "Background rejection 1/ε<sub>b</sub>"},
            "type": "log",
            "range": [-0.05, float(np.log10(tallest)) * 1.06],
            "dtick": 1,
        },
        "shapes": [{"type": "line", **place, "line": {"color": colours.threshold, "width": 1, "dash": "dash"}}],
        "showlegend": False,
        "uirevision": "rejection",
    }
    title = f"Background rejection, {said}{at.signal_efficiency:.2g}"
    return fixed_margins(
        theme.figure_layout(go.Figure({"data": traces, "layout": layout}), title, subtitle, height=height), left=60
    )
