"""The latent space in three dimensions, coloured by class, by score or by what is flagged; the flat map is our own."""

from typing import TYPE_CHECKING, Any

import numpy as np
import plotly.graph_objects as go

from dashboard import theme
from dashboard.charts.words import LABEL_NAMES, class_colour
from dashboard.format import count, number

if TYPE_CHECKING:
    import pandas as pd

COLOURINGS = ("class", "score", "flagged")
_BELOW = {"x": 0, "xref": "paper", "xanchor": "left", "yref": "paper", "yanchor": "top", "itemsizing": "constant"}
"""The legend below the map: beside a long subtitle there is no room."""


def latent_map(
    places: "pd.DataFrame",
    colouring: str,
    threshold: float,
    *,
    labelled: bool,
    marked: int | None = None,
    subtitle: str = "",
    height: int = 470,
) -> go.Figure:
    """Points of at most 50,000 rows.

    Parameters
    ----------
    places
        Columns row, x, y, z, label and score, the highest score last.
    colouring
        One of ``COLOURINGS``.
    marked
        The row that is looked at.
    """
    figure = go.Figure()
    if colouring == "score":
        _add_scored(figure, places)
    elif colouring == "flagged":
        _add_flagged(figure, places, threshold)
    else:
        _add_classes(figure, places, labelled)
    chosen = places[places["row"] == marked]
    if len(chosen):
        _add_marked(figure, chosen)
    theme.figure_layout(figure, "Latent space", subtitle, height=height)
    _arrange(figure, crowd(places))
    return figure


def _add_classes(figure: go.Figure, places: "pd.DataFrame", labelled: bool) -> None:
    for label, name in ((-1, "unknown"), (0, "normal"), (1, "anomaly")):
        shown = places[places["label"] == label]
        if len(shown):
            words = LABEL_NAMES[label] if labelled else "Rows"
            colour = class_colour(name, labelled=labelled)
            _add_points(figure, shown, f"{words} ({count(len(shown))})", {"color": colour})


def _add_flagged(figure: go.Figure, places: "pd.DataFrame", threshold: float) -> None:
    colours = theme.palette()
    flagged = places["score"] > threshold
    for shown, words, colour in (
        (places[~flagged], "Not flagged", colours.unknown),
        (places[flagged], "Flagged", colours.anomaly),
    ):
        _add_points(figure, shown, f"{words} ({count(len(shown))})", {"color": colour})


def _add_scored(figure: go.Figure, places: "pd.DataFrame") -> None:
    scores = places["score"].to_numpy()
    low, high = _ends(scores)
    log = low > 0 and high / low > 30
    values = np.log10(np.maximum(scores, low)) if log else scores
    ends = (np.log10(low), np.log10(high)) if log else (low, high)
    ticks = np.linspace(*ends, 5)
    marker = {
        "color": values.astype(np.float32),
        "cmin": ends[0],
        "cmax": ends[1],
        "colorscale": [[i / 5, colour] for i, colour in enumerate(_readable(theme.palette().sequential))],
        "colorbar": {
            "title": {"text": "Score", "side": "right"},
            "tickvals": ticks,
            "ticktext": [number(10**tick if log else tick, 2) for tick in ticks],
            "thickness": 12,
            "outlinewidth": 0,
        },
    }
    _add_points(figure, places, "Rows", marker)
    figure.update_layout(showlegend=False)


def _readable(scale: tuple[str, ...]) -> tuple[str, ...]:
    """The sequential colours without the one that is nearly the background: every point must be seen."""
    return (scale[1], *scale[1:])


def _ends(scores: np.ndarray) -> tuple[float, float]:
    """The range that the colours cover: all but the outermost rows."""
    finite = scores[np.isfinite(scores)]
    if not finite.size:
        return 0.0, 1.0
    low, high = (float(v) for v in np.quantile(finite, [0.01, 0.995]))
    return (low, high) if high > low else (low, low + max(abs(low), 1.0) * 1e-3)


def _add_points(figure: go.Figure, shown: "pd.DataFrame", name: str, marker: dict[str, Any]) -> None:
    small = len(shown) > 5000
    data: dict[str, Any] = {
        **{axis: shown[axis].to_numpy(np.float32) for axis in "xyz"},
        "mode": "markers",
        "name": name,
        "customdata": np.stack([shown["row"].to_numpy(np.float64), shown["score"].to_numpy(np.float64)], axis=1),
        "hovertemplate": "row %{customdata[0]:,d}<br>score %{customdata[1]:.4g}<extra>"
        + name.rsplit(" (", 1)[0]
        + "</extra>",
    }
    figure.add_scatter3d(marker={"size": 2.2 if small else 3.2, "opacity": 0.75, **marker}, **data)


def _add_marked(figure: go.Figure, chosen: "pd.DataFrame") -> None:
    """A ring around the row that is looked at."""
    colours = theme.palette()
    ring: dict[str, Any] = {
        **{axis: chosen[axis] for axis in "xyz"},
        "mode": "markers",
        "name": f"Row {count(int(chosen['row'].iloc[0]))}",
        "hoverinfo": "skip",
    }
    marker = {"size": 8, "symbol": "circle-open", "color": colours.threshold, "line": {"width": 3}}
    figure.add_scatter3d(marker=marker, **ring)


def crowd(places: "pd.DataFrame") -> dict[str, tuple[float, float]]:
    """The range of each axis that the map opens with: a few rows far out must not squeeze all others into a corner."""
    ranges = {}
    for axis in "xyz":
        values = places[axis].to_numpy(np.float64)
        low, high = (float(v) for v in np.quantile(values, [0.002, 0.998]))
        air = 0.25 * (high - low) or 1.0
        ranges[axis] = max(low, float(values.min())) - air, min(high, float(values.max())) + air
    return ranges


def far_out(places: "pd.DataFrame") -> int:
    """Rows that lie outside the range that the map opens with."""
    outside = np.zeros(len(places), dtype=bool)
    for axis, (low, high) in crowd(places).items():
        outside |= ~places[axis].between(low, high).to_numpy()
    return int(outside.sum())


def _arrange(figure: go.Figure, ranges: dict[str, tuple[float, float]]) -> None:
    scene: dict[str, Any] = {"aspectmode": "cube", "camera": {"eye": {"x": 1.35, "y": 1.35, "z": 0.8}}}
    for axis, word in zip("xyz", ("First", "Second", "Third"), strict=True):
        scene[f"{axis}axis"] = {"title": {"text": f"{word} component"}, "range": ranges[axis]}
    figure.update_layout(scene=scene, uirevision="latent3", legend={**_BELOW, "y": -0.02})
