"""Parallel coordinates of a search's trials: a line per trial through its settings, coloured by its value."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import plotly.graph_objects as go

from dashboard import theme
from dashboard.charts.words import safe

if TYPE_CHECKING:
    from core.search.leaderboard import Leaderboard, Trial

MOST = 200
"""Trials that are drawn, the best ones of more."""
SHOWN = (
    ("model", "Model"),
    ("encoding.numbers", "Numbers"),
    ("score.kind", "Score"),
    ("training.learning_rate", "Learning rate"),
    ("latent", "Latent (%)"),
    ("members", "Members"),
)
"""The settings that most recipes have, in the order of the axes."""
FEW = 3
"""Whole numbers of so many different values have a place each; more stand on a scale."""
_NONE = "–"


def search_settings_figure(board: Leaderboard, *, height: int = 350) -> go.Figure:
    """Parallel axes; a setting that a recipe has outside the searched range stands at the dash."""
    ended = sorted((t for t in board.trials if t.value is not None), key=lambda t: -float(t.value or 0))[:MOST]
    colours = theme.palette()
    values = [float(trial.value or 0) for trial in ended]
    axes = [axis for name, label in SHOWN if (axis := _axis(label, [_setting(t, name) for t in ended])) is not None]
    axes.append({"label": "Avg. precision", "values": values})
    figure = go.Figure(
        {
            "data": [
                {
                    "type": "parcoords",
                    # The best on top.
                    "dimensions": [{**axis, "values": axis["values"][::-1]} for axis in axes],
                    "line": {
                        "color": values[::-1],
                        "colorscale": theme.scale(colours.sequential[1:]),
                        "showscale": False,
                    },
                    "labelfont": {"size": 12, "color": colours.muted},
                    "tickfont": {"size": 11, "color": colours.text},
                    "rangefont": {"size": 1, "color": colours.background},
                    "domain": {"x": [0.12, 0.96]},
                }
            ]
        }
    )
    theme.figure_layout(figure, "Settings of the trials", "The stronger a line, the better", height=height)
    # The axes' names stand above them, below the title.
    return figure.update_layout(margin_t=104, margin_b=24)


def _setting(trial: Trial, name: str) -> Any:
    return trial.params.get(name)


def _axis(label: str, values: list[Any]) -> dict[str, Any] | None:
    """An axis of numbers, on a logarithmic scale, or of words; None where no trial has the setting."""
    if not any(value is not None for value in values):
        return None
    known = [value for value in values if value is not None]
    if all(isinstance(value, int | float) for value in known) and (
        isinstance(known[0], float) or len(set(known)) > FEW
    ):
        return _numbers(label, values)
    words = sorted({_word(value) for value in values}, key=lambda word: (word == _NONE, word))
    places = {word: i for i, word in enumerate(words)}
    return {
        "label": label,
        "values": [places[_word(value)] for value in values],
        "tickvals": list(places.values()),
        "ticktext": [safe(word, 16) for word in words],
        "range": [-0.3, len(words) - 0.7] if len(words) > 1 else [-1, 1],
    }


def _numbers(label: str, values: list[Any]) -> dict[str, Any]:
    known = [math.log10(value) for value in values if value]
    low, high = min(known), max(known)
    ticks = [low, (low + high) / 2, high] if high > low else [low]
    missing = low - 0.25 * max(high - low, 1.0)
    axis = {
        "label": label,
        "values": [math.log10(value) if value else missing for value in values],
        "tickvals": ticks,
        "ticktext": [f"{10**tick:.2g}" for tick in ticks],
    }
    if any(not value for value in values):
        axis["tickvals"], axis["ticktext"] = [missing, *ticks], [_NONE, *axis["ticktext"]]
    if high == low:
        axis["range"] = [low - 1, high + 1]
    return axis


def _word(value: Any) -> str:
    return _NONE if value is None else f"{value:g}" if isinstance(value, int | float) else str(value)
