"""When a sample is off: the reconstruction error of its unit along the axis "time", summed over all others."""

from typing import TYPE_CHECKING

import numpy as np
import plotly.graph_objects as go

from dashboard import theme
from dashboard.charts.samples import SAMPLE_CHARTS, SampleChart

if TYPE_CHECKING:
    from core.explain.explanation import Explanation

TIME = "time"


def error_over_time(explanation: "Explanation", name: str) -> go.Figure | None:
    """A line over the moments of the unit that made the score; None where the units were not kept."""
    if explanation.unit is None:
        return None
    error = explanation.unit.error
    along = np.asarray(error.along(TIME)[0], dtype=np.float64)
    moments = error.layout.names.get(TIME)
    colours = theme.palette()
    figure = go.Figure()
    figure.add_scatter(
        x=list(range(len(along))),
        y=along.tolist(),
        mode="lines",
        fill="tozeroy",
        line={"color": colours.anomaly, "width": 2},
        customdata=list(moments or map(str, range(len(along)))),
        hovertemplate="moment %{customdata}: error %{y:.3g}<extra></extra>",
    )
    theme.figure_layout(figure, "When it is off", name, height=190)
    figure.update_xaxes(title_text="Moment of the unit that made the score", rangemode="tozero")
    figure.update_yaxes(title_text="Error", rangemode="tozero")
    figure.update_layout(showlegend=False, uirevision="error_over_time")
    return figure


SAMPLE_CHARTS.register("error_over_time")(SampleChart(error_over_time, axes=(TIME,), order=50))
