"""The contributions to the scores of many rows: a line per row, a column per feature, family by family."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from core.explain.families.names import title_of
from core.modalities.nouns import ROWS as ROW_WORDS
from core.modalities.nouns import Nouns
from dashboard import theme
from dashboard.charts.words import safe
from dashboard.format import count

ROWS = 120
"""Rows that are drawn at most, drawn from every family alike."""
LEAST = 9
"""Rows of a family that are drawn at least."""
FEATURES = 24
"""Columns that are drawn at most, those that contribute most."""


def chosen_rows(family: NDArray[np.integer], most: int = ROWS) -> NDArray[np.int64]:
    """Places of the rows that are drawn: all, or an even spread of each family's."""
    places = np.arange(len(family))
    if len(family) > most:
        kept = []
        for number in np.unique(family):
            own = places[family == number]
            # A small family needs a few lines to be seen at all.
            lines = min(len(own), max(LEAST, round(most * len(own) / len(family))))
            kept.append(own[np.unique(np.linspace(0, len(own) - 1, lines).astype(int))])
        places = np.concatenate(kept)
    order = np.where(family[places] == 0, family.max(initial=0) + 1, family[places])
    return places[np.argsort(order, kind="stable")].astype(np.int64)


def contributions_heatmap(
    rows: NDArray[np.integer],
    family: NDArray[np.integer],
    feature: NDArray[np.object_],
    contribution: NDArray[np.floating],
    *,
    names: Mapping[int, str] | None = None,
    says: Nouns = ROW_WORDS,
    height: int = 460,
) -> go.Figure:
    """A heat map of contributions, a step of the colour for each tenth.

    Parameters
    ----------
    rows, family
        Row numbers and the family of each (0 for the others), shape (n,).
    feature, contribution
        The features that made most of each row's score, and their shares, shape (n, k).
    names
        What people call the families, by number.
    says
        The words of the kind of data.
    """
    colours = theme.palette()
    places = chosen_rows(family)
    columns, inverse = np.unique(feature[places].astype(str), return_inverse=True)
    inverse = inverse.reshape(feature[places].shape)
    full = np.zeros((len(places), len(columns)))
    np.add.at(full, (np.arange(len(places))[:, None], inverse), contribution[places])
    full[:, columns == ""] = 0.0
    order = np.argsort(-full.sum(axis=0), kind="stable")[:FEATURES]
    order = order[full[:, order].sum(axis=0) > 0]
    titles = {number: title_of(number, names or {}) for number in np.unique(family).tolist()}
    hover = [[f"{says.sample} {count(int(rows[p]))}, {safe(titles[int(family[p])])}"] * len(order) for p in places]
    figure = go.Figure(
        go.Heatmap(
            z=full[:, order],
            x=list(range(len(order))),
            y=list(range(len(places))),
            zmin=0,
            zmax=max(0.05, float(full.max(initial=0.0))),
            colorscale=[list(step) for step in theme.scale(colours.sequential)],
            colorbar={
                "thickness": 10,
                "outlinewidth": 0,
                "tickformat": ".0%",
                "title": {"text": "Share", "side": "right"},
            },
            customdata=hover,
            text=[[safe(columns[j]) for j in order]] * len(places),
            hovertemplate="%{text}<br>%{customdata}<br>%{z:.0%} of what sets it apart<extra></extra>",
        )
    )
    subtitle = says(
        f"{count(len(places))} of {count(len(rows))} rows" if len(places) < len(rows) else f"{count(len(rows))} rows"
    )
    numbers, first, size = np.unique(family[places], return_index=True, return_counts=True)
    apart = ", family by family" if len(numbers) > 1 else ", the highest score first"
    theme.figure_layout(figure, "Contributions", subtitle + apart, height=height)
    figure.update_xaxes(
        tickvals=list(range(len(order))), ticktext=[safe(columns[j], 22) for j in order], tickangle=-50, showgrid=False,
        tickfont={"size": 12 if len(order) <= 14 else 10},
    )  # fmt: skip
    figure.update_yaxes(
        tickvals=(first + (size - 1) / 2).tolist(),
        ticktext=[safe(titles[int(number)], 22) for number in numbers],
        autorange="reversed",
        showgrid=False,
        visible=len(numbers) > 1,
    )
    for start in sorted(first)[1:]:
        figure.add_hline(y=float(start) - 0.5, line={"color": colours.text, "width": 1})
    return figure
