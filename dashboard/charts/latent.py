"""The map of rows in three dimensions, in the colours of the flat one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from core.modalities.nouns import ROWS, Nouns
from core.results.colouring import Colouring, Level, Levels, Scale
from dashboard import theme
from dashboard.charts.words import safe
from dashboard.explore.map.map_colours import level_colours, scale_colours
from dashboard.format import count

MOST = 50_000
"""Points at most; Plotly draws no more of them smoothly."""
_BELOW = {"x": 0, "xref": "paper", "xanchor": "left", "yref": "paper", "yanchor": "top", "itemsizing": "constant"}
"""The legend below the map: beside a long subtitle there is no room."""


@dataclass(frozen=True)
class Solid:
    """Points with three places, the highest score last."""

    places: NDArray[np.float32]
    """Shape (n, 3)."""
    row: NDArray[np.int64]
    score: NDArray[np.float64]


def flagged(points: Solid, threshold: float) -> Levels:
    """What is flagged, as colours."""
    above = points.score > threshold
    levels = (
        Level("Not flagged", "unknown", int((~above).sum())),
        Level("Flagged", "anomaly", int(above.sum())),
    )
    return Levels("Flagged", above.astype(np.uint8), levels)


def latent_map(
    points: Solid,
    colouring: Colouring,
    *,
    axes: tuple[str, str, str],
    title: str = "Latent space",
    marked: int | None = None,
    says: Nouns = ROWS,
    subtitle: str = "",
    height: int = 470,
) -> go.Figure:
    """Points in space.

    Parameters
    ----------
    points
        At most ``MOST``.
    colouring
        A colour for each of them.
    axes
        What the axes are called.
    marked
        The row that is looked at.
    says
        The words of the kind of data.
    """
    figure = go.Figure()
    if isinstance(colouring, Scale):
        _add_scale(figure, points, colouring, says)
    else:
        shades = level_colours(colouring.levels, theme.palette())
        for k, (level, shade) in enumerate(zip(colouring.levels, shades, strict=True)):
            own = colouring.step == k
            if own.any():
                _add_points(
                    figure, points, own, f"{safe(level.name)} ({count(int(own.sum()))})", {"color": shade}, says
                )
    _add_marked(figure, points, marked, says)
    theme.figure_layout(figure, safe(title), subtitle, height=height)
    scene: dict[str, Any] = {"aspectmode": "cube", "camera": {"eye": {"x": 1.35, "y": 1.35, "z": 0.8}}}
    for axis, name, ends in zip("xyz", axes, crowd(points.places), strict=True):
        scene[f"{axis}axis"] = {"title": {"text": safe(name)}, "range": ends}
    figure.update_layout(scene=scene, uirevision="latent3", legend={**_BELOW, "y": -0.02})
    return figure


def _add_scale(figure: go.Figure, points: Solid, colouring: Scale, says: Nouns) -> None:
    known = colouring.step < 255
    shades = scale_colours(theme.palette())
    marker = {
        "color": colouring.step[known].astype(np.float32) / 254,
        "cmin": 0,
        "cmax": 1,
        "colorscale": theme.scale(shades),
        "colorbar": {
            "title": {"text": safe(colouring.title), "side": "right"},
            "tickvals": [place for place, _ in colouring.ticks],
            "ticktext": [safe(words) for _, words in colouring.ticks],
            "thickness": 12,
            "outlinewidth": 0,
        },
    }
    _add_points(figure, points, known, says("Rows"), marker, says)
    if not known.all():
        missing = {"color": theme.palette().grid}
        _add_points(figure, points, ~known, f"No value ({count(int((~known).sum()))})", missing, says)
    figure.update_layout(showlegend=False)


def _add_points(
    figure: go.Figure, points: Solid, own: NDArray[np.bool_], name: str, marker: dict[str, Any], says: Nouns
) -> None:
    small = int(own.sum()) > 5000
    figure.add_scatter3d(
        **{axis: points.places[own, k] for k, axis in enumerate("xyz")},
        mode="markers",
        name=name,
        marker={"size": 2.2 if small else 3.2, "opacity": 0.75, **marker},
        customdata=np.stack([points.row[own].astype(np.float64), points.score[own]], axis=1),
        hovertemplate=says.sample
        + " %{customdata[0]:,d}<br>score %{customdata[1]:.4g}<extra>"
        + name.rsplit(" (", 1)[0]
        + "</extra>",
    )


def _add_marked(figure: go.Figure, points: Solid, marked: int | None, says: Nouns) -> None:
    """A ring around the row that is looked at."""
    own = points.row == marked
    if marked is None or not own.any():
        return
    figure.add_scatter3d(
        **{axis: points.places[own, k] for k, axis in enumerate("xyz")},
        mode="markers",
        name=f"{says('Row')} {count(marked)}",
        hoverinfo="skip",
        marker={"size": 8, "symbol": "circle-open", "color": theme.palette().threshold, "line": {"width": 3}},
    )


def crowd(coordinates: NDArray[np.float32]) -> list[tuple[float, float]]:
    """The range of each axis that the map opens with: a few rows far out must not squeeze all others into a corner."""
    ranges = []
    for values in coordinates.T.astype(np.float64):
        low, high = (float(v) for v in np.quantile(values, [0.002, 0.998]))
        air = 0.25 * (high - low) or 1.0
        ranges.append((max(low - air, float(values.min()) - air / 6), min(high + air, float(values.max()) + air / 6)))
    return ranges


def far_out(coordinates: NDArray[np.float32]) -> int:
    """Points that lie outside the range that the map opens with."""
    low, high = np.array(crowd(coordinates)).T
    return int(((coordinates < low) | (coordinates > high)).any(axis=1).sum())
