"""How much each pair of detectors agrees, as a heat map with its numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import plotly.graph_objects as go

from core.compare.agreement import WORDS
from core.modalities.nouns import ROWS, Nouns
from dashboard import theme
from dashboard.charts.words import safe


def compare_agreement_figure(
    kind: str, agreement: Mapping[str, Any], *, says: Nouns = ROWS, height: int = 340
) -> go.Figure:
    """A heat map of one way to agree.

    Parameters
    ----------
    kind
        One of :data:`core.compare.agreement.WORDS`.
    agreement
        As a comparison's report has it: titles and a matrix of each kind.
    says
        The words of the kind of data.
    """
    title, words = WORDS[kind]
    names = [safe(name, 22) for name in agreement["titles"]]
    names = [name + " " * names[:i].count(name) for i, name in enumerate(names)]
    z = agreement[kind]
    lowest = -1.0 if kind != "shared" and min((v for row in z for v in row if v is not None), default=0.0) < 0 else 0.0
    colours = theme.palette()
    heat = go.Heatmap(
        z=z,
        x=names,
        y=names,
        zmin=lowest,
        zmax=1,
        colorscale=[list(step) for step in theme.scale(colours.diverging if lowest < 0 else colours.sequential)],
        showscale=False,
        xgap=1,
        ygap=1,
        texttemplate="%{z:.2f}" if len(names) <= 14 else "",
        textfont={"size": 11},
        hovertemplate="%{y} and %{x}: %{z:.3f}<extra></extra>",
        hoverongaps=False,
    )
    figure = theme.figure_layout(go.Figure(heat), title, says(words), height=height)
    axis = {"tickmode": "array", "tickvals": names, "tickfont": {"size": 11}, "showgrid": False, "type": "category"}
    figure.update_layout(xaxis={**axis, "tickangle": -40}, yaxis={**axis, "autorange": "reversed"})
    return figure
