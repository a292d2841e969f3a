"""A figure of one explained curve: one channel over the other, as it is and as it was expected."""

from __future__ import annotations

from typing import TYPE_CHECKING

import plotly.graph_objects as go

from curves.files import CHANNELS
from dashboard import theme
from dashboard.charts.samples import SAMPLE_CHARTS, SampleChart

if TYPE_CHECKING:
    from core.explain.explanation import Explanation


def channels_against_each_other(explanation: Explanation, name: str) -> go.Figure | None:
    """Two closed lines, which lie over each other where a curve is ordinary."""
    unit = explanation.unit
    if unit is None:
        return None
    figure = go.Figure()
    for words, values in (("actual", unit.actual), ("expected", unit.expected)):
        figure.add_scatter(x=values[:, 0].tolist(), y=values[:, 1].tolist(), mode="lines", name=words)
    theme.figure_layout(figure, name, height=220)
    figure.update_xaxes(title_text=CHANNELS[0])
    figure.update_yaxes(title_text=CHANNELS[1])
    return figure


SAMPLE_CHARTS.register("channels")(SampleChart(channels_against_each_other, axes=("time", "channel"), order=60))
