"""The code of many rows as a heat map: a line per unit, a column per row, flagged rows first."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from core.explain.code_units import CodeUnits
from core.modalities.nouns import ROWS, Nouns
from dashboard import theme
from dashboard.charts.words import LABEL_NAMES
from dashboard.format import count

_FAR = 4.0
"""Standard deviations at which a colour is full."""


def code_units_figure(code_units: CodeUnits, *, says: Nouns = ROWS, height: int = 420) -> go.Figure:
    """A heat map of the standardised activations; the line below the title tells which rows are flagged."""
    colours = theme.palette()
    flagged = int(code_units.flagged.sum())
    labelled = bool((code_units.labels >= 0).any())
    hover = [
        f"{says.sample} {count(int(row))}, score {score:.4g}, {'flagged' if above else 'not flagged'}"
        + (f", {LABEL_NAMES[int(label)].lower()}" if labelled else "")
        for row, score, above, label in zip(
            code_units.rows, code_units.scores, code_units.flagged, code_units.labels, strict=True
        )
    ]
    names = [f"Unit {unit}" for unit in code_units.units]
    figure = go.Figure(
        go.Heatmap(
            z=np.round(code_units.activations, 2),
            y=names,
            zmin=-_FAR,
            zmax=_FAR,
            colorscale=[list(step) for step in theme.scale(colours.diverging)],
            colorbar={
                "thickness": 10,
                "outlinewidth": 0,
                "title": {"text": "Standard deviations", "side": "right", "font": {"size": 12}},
                "tickfont": {"size": 11},
            },
            customdata=[hover] * len(names),
            hovertemplate="%{y}, %{customdata}<br>%{z:.1f} standard deviations from the usual<extra></extra>",
        )
    )
    units = (
        f"{count(len(names))} of {count(code_units.total)} units"
        if len(names) < code_units.total
        else f"{len(names)} units"
    )
    rest = len(code_units.rows) - flagged
    theme.figure_layout(
        figure,
        "Code units",
        f"{units} of the first network; {count(flagged)} flagged {says.samples}, then {count(rest)} others, by score",
        height=height,
    )
    figure.update_yaxes(autorange="reversed", showgrid=False, tickfont={"size": 11})
    figure.update_xaxes(showticklabels=False, showgrid=False, title={"text": says("Rows")})
    if 0 < flagged < len(code_units.rows):
        figure.add_vline(x=flagged - 0.5, line={"color": colours.threshold, "width": 2})
    return figure
