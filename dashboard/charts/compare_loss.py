"""The loss of several runs in one figure, over their epochs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from dashboard import theme
from dashboard.charts.loss import line, loss_axis, thinned
from dashboard.charts.words import safe

Records = Sequence[Mapping[str, Any]]


def compare_loss_figure(runs: Sequence[tuple[str, Records]], *, subtitle: str = "") -> go.Figure:
    """One colour per run; validation strong, training thin and dotted.

    Parameters
    ----------
    runs
        Name and epochs of each run.
    """
    colours = theme.palette().series
    traces = [t for i, (name, records) in enumerate(runs) for t in _run(safe(name, 28), thinned(records), colours[i])]
    everything = [record for _, records in runs for record in records]
    layout = {
        "hovermode": "x unified",
        "xaxis": {"title": {"text": "Epoch"}},
        "yaxis": {"title": {"text": "Loss"}} | loss_axis(everything, ["loss"] if everything else [], log=True),
    }
    figure = go.Figure({"data": traces, "layout": layout})
    return theme.figure_layout(figure, "Loss per epoch", subtitle or "Solid: validation. Dotted: training.")


def _run(name: str, records: Records, colour: str) -> list[dict[str, Any]]:
    traces: list[dict[str, Any]] = []
    for part, words, dash, width in (("validation", "validation", "solid", 2.4), ("train", "training", "dot", 1.6)):
        xs, ys = line(records, part, "loss", log=True)
        if xs:
            traces.append(
                {
                    "type": "scatter",
                    "x": xs,
                    "y": ys,
                    "name": name,
                    "legendgroup": name + colour,
                    "showlegend": not traces,
                    "mode": "lines",
                    "line": {"color": colour, "width": width, "dash": dash},
                    "hovertemplate": f"%{{y:.4g}}<extra>{name}, {words}</extra>",
                }
            )
    return traces
