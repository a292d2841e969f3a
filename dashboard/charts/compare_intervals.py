"""One measure of several detectors with its intervals, the best on top."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from dashboard import theme
from dashboard.charts.words import safe
from dashboard.format import number

WORDS = {
    "auroc": "AUROC",
    "average_precision": "Average precision",
    "precision": "Precision",
    "recall": "Recall",
}
STANDINGS = {"wins": "finds more than the run", "loses": "finds less", "tie": "no difference beyond doubt", "": ""}
_ROW = 30


def compare_intervals_figure(
    measure: str, detectors: Sequence[Mapping[str, Any]], *, subtitle: str = "", least: int = 0
) -> go.Figure:
    """A dot and a 95 % interval per detector; the run has the accent, who beats it the colour of anomalies.

    Parameters
    ----------
    measure
        One of ``WORDS``.
    detectors
        As a comparison's report has them; those without the measure are left out.
    least
        Height at least.
    """
    colours = theme.palette()
    shown = [one for one in detectors if one["measures"].get(measure)]
    shown = sorted(shown, key=lambda one: float(one["measures"][measure]["value"]))
    tints = {"wins": colours.anomaly, "loses": colours.unknown, "tie": colours.normal, "": colours.accent}
    names = _distinct([safe(one["title"], 26) for one in shown])
    traces = []
    for place, one in enumerate(shown):
        found, tint = one["measures"][measure], tints[one["standing"]]
        interval = f"{number(found['value'], 4)} [{number(found['low'], 4)}, {number(found['high'], 4)}]"
        traces.append(
            {
                "type": "scatter",
                "x": [found["value"]],
                "y": [place],
                "mode": "markers",
                "marker": {"size": 11 if not one["standing"] else 9, "color": tint},
                "error_x": {
                    "type": "data",
                    "symmetric": False,
                    "array": [found["high"] - found["value"]],
                    "arrayminus": [found["value"] - found["low"]],
                    "color": tint,
                    "thickness": 2,
                    "width": 0,
                },
                "showlegend": False,
                "hovertemplate": f"{names[place]}: {interval}<br>{STANDINGS[one['standing']]}<extra></extra>",
            }
        )
    axis = {"tickmode": "array", "tickvals": list(range(len(shown))), "ticktext": names, "showgrid": False}
    layout = {
        "xaxis": {"title": {"text": WORDS[measure]}, "tickformat": ".3~f"},
        "yaxis": {**axis, "range": [-0.6, len(shown) - 0.4], "zeroline": False},
        "hovermode": "closest",
        "uirevision": f"intervals-{measure}",
    }
    height = max(least, 130 + _ROW * len(shown))
    words = subtitle or "95 % intervals. Teal: the run; orange: finds more; blue: no difference; grey: finds less."
    return theme.figure_layout(go.Figure({"data": traces, "layout": layout}), WORDS[measure], words, height=height)


def _distinct(names: list[str]) -> list[str]:
    """Two runs may have the same name; on an axis they would be one."""
    return [name + " " * names[:i].count(name) for i, name in enumerate(names)]
