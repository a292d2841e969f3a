"""The reconstruction errors of a fixed sample while a network learns: one histogram per class."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from core.modalities.nouns import ROWS, Nouns
from dashboard import theme
from dashboard.charts.words import class_colour, faded

_CLASSES = {"normal": "Normal", "anomaly": "Anomaly", "unknown": "Without label", "all": "All rows"}
_WORDS = {"anomaly": "anomalous", "unknown": "unlabelled", "all": "sampled"}


def snapshot_figure(
    snapshots: Sequence[Mapping[str, Any]],
    *,
    says: Nouns = ROWS,
    title: str = "Errors of a fixed sample",
    subtitle: str = "",
    height: int = 360,
) -> go.Figure:
    """The newest snapshot as filled steps, each class as the share of its own rows.

    Shares, because anomalies are few: as counts they would vanish beside the normal rows. The axes hold every snapshot
    so far, so that they stay still while the errors wander to the left.

    Parameters
    ----------
    snapshots
        As the run store keeps them, oldest first: ``edges`` (log10 of the error), ``counts`` per class, ``epoch``.
    says
        The words of the kind of data.
    """
    traces = []
    if snapshots:
        newest = snapshots[-1]
        traces = [
            _class(name, newest["edges"], counts, says) for name, counts in newest["counts"].items() if sum(counts)
        ]
    layout = {
        "hovermode": "x unified",
        "uirevision": "snapshot",
        "legend": {"traceorder": "normal"},
        "xaxis": {
            "title": {"text": "Reconstruction error"},
            "type": "log",
            "range": _error_range(snapshots),
            "dtick": 1,
            "exponentformat": "power",
        },
        "yaxis": {
            "title": {"text": "Share of its class"},
            "range": [0, _highest(snapshots) * 1.08],
            "tickformat": ".0%",
            "showticklabels": bool(snapshots),
        },
    }
    return theme.figure_layout(go.Figure({"data": traces, "layout": layout}), title, subtitle, height=height)


def sentence(snapshot: Mapping[str, Any], says: Nouns = ROWS) -> str:
    """What a snapshot shows, in a line."""
    rows = ", ".join(f"{sum(counts):,} {_WORDS.get(name, name)}" for name, counts in snapshot["counts"].items())
    return f"Epoch {snapshot['epoch']}: {rows} {says.samples}"


def _class(name: str, edges: Sequence[float], counts: Sequence[int], says: Nouns) -> dict[str, Any]:
    total = sum(counts)
    colour = class_colour("unknown" if name == "all" else name, labelled=name != "all")
    label = says(_CLASSES[name]) if name in _CLASSES else name
    return {
        "type": "scatter",
        "x": [10.0**edge for edge in edges],
        "y": [*(count / total for count in counts), 0.0],
        "customdata": [*counts, 0],
        "name": label,
        "mode": "lines",
        "line": {"color": colour, "width": 1.6, "shape": "hv"},
        "fill": "tozeroy",
        "fillcolor": faded(colour, 0.28),
        "hovertemplate": "%{y:.1%}, %{customdata:,} " + says.samples + "<extra>" + label + "</extra>",
    }


def _error_range(snapshots: Sequence[Mapping[str, Any]]) -> list[float]:
    """Whole powers of ten around every snapshot so far, in the unit of a logarithmic axis."""
    edges = [edge for s in snapshots for edge in _occupied(s)]
    return [math.floor(min(edges)), math.ceil(max(edges))] if edges else [-3.0, 1.0]


def _occupied(snapshot: Mapping[str, Any]) -> list[float]:
    """The outermost edges between which there are rows."""
    places = [i for counts in snapshot["counts"].values() for i, count in enumerate(counts) if count]
    return [snapshot["edges"][min(places)], snapshot["edges"][max(places) + 1]] if places else []


def _highest(snapshots: Sequence[Mapping[str, Any]]) -> float:
    return max(
        (max(counts) / sum(counts) for s in snapshots for counts in s["counts"].values() if sum(counts)), default=1.0
    )
