"""The value of each trial of a search, and of the best one so far."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import plotly.graph_objects as go

from core.modalities.nouns import ROWS, Nouns
from dashboard import theme
from dashboard.charts.words import safe

if TYPE_CHECKING:
    from core.search.leaderboard import Leaderboard, Trial

_SHAPES = {"complete": ("circle", "Ended"), "pruned": ("line-ew-open", "Ended early")}


def search_progress_figure(board: Leaderboard, *, labelled: bool, says: Nouns = ROWS, height: int = 350) -> go.Figure:
    """Points for the trials, a line for the best so far.

    Parameters
    ----------
    board
        The search as it is now.
    labelled
        Whether the value is the average precision on labelled rows, or the mean over synthetic anomalies.
    says
        The words of the kind of data.
    """
    colours = theme.palette()
    ended = [trial for trial in board.trials if trial.value is not None]
    early = [trial for trial in board.trials if trial.state == "pruned" and trial.signals]
    traces = [
        _points(early, [t.signals[-1][1] for t in early], "pruned", colours.muted),
        _points(ended, [float(t.value or 0) for t in ended], "complete", colours.series[4]),
    ]
    if board.curve:
        xs, ys = [number for number, _ in board.curve], [value for _, value in board.curve]
        traces.append(
            {
                "type": "scatter",
                "x": xs,
                "y": ys,
                "name": "Best so far",
                "mode": "lines",
                "line": {"color": colours.accent, "width": 2.6, "shape": "hv"},
                "hovertemplate": "Best after trial %{x}: %{y:.4f}<extra></extra>",
            }
        )
    layout = {
        "xaxis": {"title": {"text": "Trial"}, "range": [0.5, max(5, len(board.trials)) + 0.5], "tickformat": "d"},
        "yaxis": {"title": {"text": "Average precision"}} | ({} if ended or early else {"range": [0, 1]}),
        "hovermode": "closest",
    }
    figure = go.Figure({"data": [trace for trace in traces if trace["x"]], "layout": layout})
    what = "on the rows that choose" if labelled else "mean over four kinds of synthetic anomalies"
    return theme.figure_layout(figure, "Trials", says(f"Average precision, {what}"), height=height)


def _points(trials: Sequence[Trial], values: list[float], state: str, colour: str) -> dict[str, object]:
    shape, name = _SHAPES[state]
    return {
        "type": "scatter",
        "x": [trial.number for trial in trials],
        "y": values,
        "text": [safe(trial.name, 40) for trial in trials],
        "name": name,
        "mode": "markers",
        "marker": {"color": colour, "size": 8, "symbol": shape, "line": {"color": colour, "width": 2}},
        "hovertemplate": "Trial %{x}, %{text}: %{y:.4f}<extra></extra>",
    }
