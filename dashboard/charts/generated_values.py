"""One column's values in new rows beside those in real ones."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import plotly.graph_objects as go

from core.modalities.nouns import ROWS, Nouns
from dashboard import theme
from dashboard.charts.words import faded, safe
from dashboard.format import count


def generated_values(column: Mapping[str, Any], *, says: Nouns = ROWS, height: int = 320) -> go.Figure:
    """Shares of the real and the new rows: stepped lines over numbers and dates, bars over the levels of a category.

    Parameters
    ----------
    column
        A column's counts, as a run keeps them in generated.json.
    says
        The words of the kind of data.
    height
        In pixels.
    """
    fig = go.Figure()
    colours = theme.palette()
    for part, name, colour in (
        ("real", says("Training rows"), colours.unknown),
        ("generated", says("New rows"), colours.accent),
    ):
        shares = [100 * n / max(column[f"{part}_rows"], 1) for n in column[part]]
        if column["kind"] == "levels":
            fig.add_bar(
                y=[safe(level, 28) for level in column["levels"]],
                x=shares,
                name=name,
                orientation="h",
                marker_color=colour,
                hovertemplate=f"%{{y}}<br>{name}: %{{x:.3~g}} %<extra></extra>",
            )
        else:
            edges = [_moment(e) for e in column["edges"]] if column["kind"] == "moments" else list(column["edges"])
            fig.add_scatter(
                x=[edges[0], *edges],
                y=[0.0, *shares, 0.0],
                name=name,
                mode="lines",
                line={"shape": "hv", "width": 1.8, "color": colour},
                fill="tozeroy",
                fillcolor=faded(colour, 0.16),
                hovertemplate=f"%{{x}}<br>{name}: %{{y:.3~g}} %<extra></extra>",
            )
    theme.figure_layout(fig, safe(column["column"]), says(_subtitle(column)), height=height)
    share_axis = {"title": says("Share of the rows (%)")}
    if column["kind"] == "levels":
        fig.update_layout(xaxis=share_axis, yaxis={"autorange": "reversed", "type": "category"}, barmode="group")
    else:
        fig.update_layout(yaxis=share_axis)
    return fig


def _subtitle(column: Mapping[str, Any]) -> str:
    """How many rows there are, and how many of the new ones lie where no real ones are shown."""
    new = column["generated_rows"]
    outside = new - sum(column["generated"])
    counts = f"{count(new)} new rows, {count(column['real_rows'])} training rows"
    return f"{counts}; {count(outside)} new ones lie outside" if outside else counts


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
