"""How many rows of each class train, validate and are judged."""

from __future__ import annotations

from collections.abc import Mapping

import plotly.graph_objects as go

from core.modalities.nouns import ROWS, Nouns
from dashboard import theme
from dashboard.format import count

_PARTS = {"train": "Train", "validation": "Validate", "test": "Judged", "unused": "Unused"}
_CLASSES = {"normal": "Normal", "anomaly": "Anomaly", "unknown": "No label"}


def split_parts_figure(counts: Mapping[str, Mapping[str, int]], says: Nouns = ROWS) -> go.Figure:
    """Stacked bars: part -> class -> rows."""
    parts = [part for part in _PARTS if part != "unused" or sum(counts.get(part, {}).values())]
    fig = go.Figure()
    for name, title in _CLASSES.items():
        rows = [counts.get(part, {}).get(name, 0) for part in parts]
        if not any(rows):
            continue
        fig.add_bar(
            y=[_PARTS[part] for part in parts],
            x=rows,
            name=title,
            orientation="h",
            marker_color=theme.class_colour(name),
            text=[count(n) if n else "" for n in rows],
            textposition="auto",
            insidetextanchor="middle",
            textfont_size=13,
            constraintext="none",
            cliponaxis=False,
            hovertemplate=f"%{{y}}, {title.lower()}: %{{text}} {says.samples}<extra></extra>",
        )
    theme.figure_layout(
        fig, says("Rows by part"), "What trains, what watches over it, and what is judged", height=130 + 52 * len(parts)
    )
    fig.update_layout(
        barmode="stack", yaxis={"autorange": "reversed", "type": "category"}, xaxis={"title": says("Rows")}, bargap=0.35
    )
    return fig
