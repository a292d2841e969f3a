"""How active each unit of a sparse code is on average."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import plotly.graph_objects as go

from core.modalities.nouns import ROWS, Nouns
from dashboard import theme
from dashboard.format import count, share

MOST = 512
"""Units that are drawn, the most active ones."""


def code_activity_figure(activity: Mapping[str, Any], *, says: Nouns = ROWS, height: int = 280) -> go.Figure:
    """Bars of the mean activation per unit, the most active first, and the line under which a unit counts as quiet.

    Parameters
    ----------
    activity
        As :func:`core.detector.code_activity.code_activity` gives it.
    says
        The words of the kind of data.
    height
        In pixels.
    """
    colours = theme.palette()
    numbered = enumerate(zip(activity["units"], activity["active"], strict=True), start=1)
    units = sorted(((mean, active, unit) for unit, (mean, active) in numbered), reverse=True)[:MOST]
    means = [mean for mean, _, _ in units]
    fig = go.Figure()
    fig.add_bar(
        x=list(range(1, len(units) + 1)),
        y=means,
        customdata=[[unit, 100 * active] for _, active, unit in units],
        marker_color=[colours.unknown if mean < activity["limit"] else colours.accent for mean in means],
        hovertemplate=says(
            "Unit %{customdata[0]}: %{y:.3~g} on average<br>active in %{customdata[1]:.3~g} % of the rows"
            "<extra></extra>"
        ),
    )
    fig.add_hline(y=activity["limit"], line={"color": colours.threshold, "width": 1.5, "dash": "dash"})
    total = len(activity["units"])
    quiet = f"{share(activity['quiet'])} of {count(total)} units are under {activity['limit']:g} on average"
    theme.figure_layout(
        fig, "Activity of the code", says(f"{quiet}, over {count(activity['rows'])} training rows"), height=height
    )
    fig.update_layout(
        xaxis={"title": "Code units, the most active first"}, yaxis={"title": "Mean activation", "rangemode": "tozero"}
    )
    fig.update_layout(showlegend=False)
    return fig
