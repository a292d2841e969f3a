"""How much is missing in which columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import plotly.graph_objects as go

from core.modalities.nouns import ROWS, Nouns
from dashboard import theme
from dashboard.format import share

if TYPE_CHECKING:
    from core.index.profile import Profile

MOST = 25


def missing_values_figure(profile: Profile, says: Nouns = ROWS) -> go.Figure:
    """Bars of the columns with missing values, the emptiest first."""
    holes = sorted((c for c in profile.columns if c.missing > 0), key=lambda c: -c.missing)
    shown = holes[:MOST]
    fig = go.Figure(
        go.Bar(
            y=[c.name for c in shown],
            x=[100 * c.missing for c in shown],
            orientation="h",
            marker_color=theme.palette().accent,
            text=[share(c.missing) for c in shown],
            textposition="outside",
            cliponaxis=False,
            hovertemplate="%{y}: %{text}<extra></extra>",
        )
    )
    more = f", the {MOST} emptiest of {len(holes)}" if len(holes) > MOST else ""
    subtitle = says(f"Share of rows without a value{more}")
    theme.figure_layout(fig, "Missing values", subtitle, height=110 + 26 * len(shown))
    top = max((100 * c.missing for c in shown), default=1.0)
    fig.update_layout(
        xaxis={"range": [0, min(100.0, 1.15 * top) if top < 90 else 108], "ticksuffix": " %"},
        yaxis={"autorange": "reversed", "type": "category"},
        bargap=0.3,
    )
    return fig
