"""Which numeric features move together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import plotly.graph_objects as go

from dashboard import theme
from dashboard.format import plural

if TYPE_CHECKING:
    from core.index.profile import Correlation

MOST = 60


def correlation_figure(correlation: Correlation, kind: str = "Pearson") -> go.Figure:
    """A heat map of the coefficients, -1 to 1; no colour where a column does not move."""
    names = list(correlation.columns[:MOST])
    matrix = correlation.spearman if kind == "Spearman" else correlation.pearson
    z = [list(row[:MOST]) for row in matrix[:MOST]]
    fig = go.Figure(
        go.Heatmap(
            z=z,
            x=names,
            y=names,
            zmin=-1,
            zmax=1,
            colorscale=[list(step) for step in theme.scale(theme.palette().diverging)],
            colorbar={"thickness": 10, "outlinewidth": 0, "tickvals": [-1, -0.5, 0, 0.5, 1]},
            xgap=1 if len(names) <= 30 else 0,
            ygap=1 if len(names) <= 30 else 0,
            hovertemplate="%{y} and %{x}: %{z:.2f}<extra></extra>",
        )
    )
    left_out = correlation.left_out + max(0, len(correlation.columns) - MOST)
    more = f"; {plural(left_out, 'further feature')} not shown" if left_out else ""
    side = min(760, max(320, 120 + 20 * len(names)))
    theme.figure_layout(fig, f"{kind} correlation", f"Of the numeric features{more}", height=side)
    # Every name at every size: Plotly would else leave names out without a word.
    size = 12 if len(names) <= 25 else 9
    axis = {"tickmode": "array", "tickvals": names, "tickfont": {"size": size}, "showgrid": False, "type": "category"}
    fig.update_layout(xaxis={**axis, "tickangle": -50}, yaxis={**axis, "autorange": "reversed"})
    return fig
