"""The replay of a training, epoch by epoch: errors, codes and a curve of a sample, with play button and slider."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from core.detector.replay import Replay
from core.metrics.curves import Curve, precision_recall_curve, roc_curve
from core.metrics.evaluation import auroc, average_precision
from core.modalities.nouns import ROWS, Nouns
from dashboard import theme
from dashboard.charts.roc import share_axis
from dashboard.charts.words import LABEL_NAMES, class_colour, faded
from dashboard.format import count

_BINS = 48
_POINTS = 1_200
"""Rows in the map: the browser moves each of them at every step."""
_CURVE = 120
"""Places of the curve."""
_MILLISECONDS = 350
"""How long an epoch is shown while it plays."""
_GAP = 0.11


@dataclass(frozen=True)
class ReplayCurve:
    """A curve that the replay can show, and the number that it comes down to."""

    title: str
    x: str
    y: str
    hover: str
    of: Callable[[NDArray[np.float64], NDArray[np.float64]], Curve | None]
    """From the ascending errors of normal and of anomalous rows."""
    area: Callable[[NDArray[np.int8], NDArray[np.float32]], float | None]
    """From labels and errors."""
    area_name: str


CURVES = {
    "roc": ReplayCurve(
        title="ROC curve",
        x="False-positive rate",
        y="Recall",
        hover="%{y:.1%} of the anomalies at %{x:.1%} false alarms",
        of=roc_curve,
        area=auroc,
        area_name="AUROC",
    ),
    "precision": ReplayCurve(
        title="Precision and recall",
        x="Recall",
        y="Precision",
        hover="%{y:.1%} of the flagged rows are anomalies where %{x:.1%} of these are found",
        of=precision_recall_curve,
        area=average_precision,
        area_name="average precision",
    ),
}


def replay_figure(replay: Replay, curve: str = "roc", *, says: Nouns = ROWS, height: int = 450) -> go.Figure:
    """Histogram, map and (with labels of both classes) a curve of every kept epoch, with a slider and a play button.

    All axes stay as they are while the epochs go by; the errors' hold all epochs, the map's most of the rows. ``curve``
    is one of :data:`CURVES`, ``says`` has the words of the kind of data.
    """
    shown = CURVES[curve] if is_labelled(replay) else None
    drawn = [_epoch(replay, k, shown, says) for k in range(len(replay.epochs))]
    names = [str(epoch) for epoch in replay.epochs]
    figure = go.Figure(
        data=drawn[-1],
        frames=[go.Frame(name=name, data=traces) for name, traces in zip(names, drawn, strict=True)],
    )
    theme.figure_layout(
        figure,
        "How it learned, epoch by epoch",
        f"{count(len(replay.rows))} {says.samples} of a fixed sample; the map shows the first network's code, by PCA",
        height=height,
    )
    figure.update_layout(
        uirevision="replay",
        margin={"b": 150},
        legend={"itemsizing": "constant"},
        sliders=[_slider(replay, names, shown)],
        updatemenus=[_buttons(names)],
        **_axes(replay, shown),
    )
    return figure


def is_labelled(replay: Replay) -> bool:
    """Whether rows of both classes are known."""
    return bool((replay.labels == 0).any() and (replay.labels == 1).any())


def area_words(replay: Replay, index: int, curve: ReplayCurve = CURVES["roc"]) -> str:
    """What a curve comes down to at a kept epoch, "AUROC 0.912"; empty unless rows of both classes are known."""
    value = curve.area(replay.labels, replay.errors[index])
    return "" if value is None else f"{curve.area_name} {value:.3f}"


def _axes(replay: Replay, curve: ReplayCurve | None) -> dict[str, Any]:
    panels = 3 if curve else 2
    width = (1 - _GAP * (panels - 1)) / panels
    domain = [[k * (width + _GAP), min(1.0, k * (width + _GAP) + width)] for k in range(panels)]
    low, high = np.floor(replay.errors.min()), np.ceil(replay.errors.max())
    axes: dict[str, Any] = {
        "xaxis": {
            "domain": domain[0],
            "type": "log",
            "range": [low, high],
            "dtick": max(2, (high - low) // 3),
            "tickangle": 0,
            "exponentformat": "power",
            "title": {"text": "Reconstruction error"},
        },
        "yaxis": {"title": {"text": "Share of its class"}, "tickformat": ".0%", "range": [0, _highest(replay) * 1.05]},
        "xaxis2": {
            "domain": domain[1],
            "anchor": "y2",
            "range": _crowd(replay.places[:, :, 0]),
            "showticklabels": False,
        },
        "yaxis2": {"anchor": "x2", "range": _crowd(replay.places[:, :, 1]), "showticklabels": False},
    }
    axes["xaxis2"]["title"] = {"text": "Latent space"}
    if curve:
        axes["xaxis3"] = {"domain": domain[2], "anchor": "y3", **share_axis(curve.x)}
        axes["yaxis3"] = {"anchor": "x3", **share_axis(curve.y)}
        axes["yaxis3"]["title"]["standoff"] = 2
    return axes


def _epoch(replay: Replay, k: int, curve: ReplayCurve | None, says: Nouns) -> list[dict[str, Any]]:
    """The traces of an epoch, the same ones in the same order for all."""
    classes = [value for value in (0, -1, 1) if (replay.labels == value).any()]
    known = any(value >= 0 for value in classes)
    traces = [_histogram(replay, k, value, known, says) for value in classes]
    traces += [_points(replay, k, value, known, says) for value in classes]
    return [*traces, _line(replay, k, curve, says)] if curve else traces


def _line(replay: Replay, k: int, curve: ReplayCurve, says: Nouns) -> dict[str, Any]:
    errors = replay.errors[k].astype(np.float64)
    found = curve.of(np.sort(errors[replay.labels == 0]), np.sort(errors[replay.labels == 1]))
    assert found is not None
    x = np.linspace(0, 1, _CURVE)
    colour = theme.palette().accent
    return {
        "type": "scatter",
        "x": x.round(4),
        "y": np.interp(x, found.x, found.y).round(4),
        "xaxis": "x3",
        "yaxis": "y3",
        "mode": "lines",
        "line": {"color": colour, "width": 2},
        "fill": "tozeroy",
        "fillcolor": faded(colour, 0.1),
        "name": curve.title,
        "showlegend": False,
        "hovertemplate": says(curve.hover) + "<extra></extra>",
    }


def _histogram(replay: Replay, k: int, label: int, known: bool, says: Nouns) -> dict[str, Any]:
    counts, edges = _counted(replay, k, label)
    colour = class_colour(_class(label), labelled=known)
    name = LABEL_NAMES[label] if known else says("All rows")
    return {
        "type": "scatter",
        "x": (10.0**edges).tolist(),
        "y": [*(counts / max(1, counts.sum())).round(5).tolist(), 0.0],
        "mode": "lines",
        "line": {"color": colour, "width": 1.6, "shape": "hv"},
        "fill": "tozeroy",
        "fillcolor": faded(colour, 0.28),
        "name": name,
        "legendgroup": name,
        "hovertemplate": "%{y:.1%}<extra>" + name + "</extra>",
    }


def _points(replay: Replay, k: int, label: int, known: bool, says: Nouns) -> dict[str, Any]:
    step = max(1, -(-len(replay.rows) // _POINTS))
    own = np.flatnonzero(replay.labels == label)
    own = own if label == 1 else own[::step]
    name = LABEL_NAMES[label] if known else says("All rows")
    return {
        "type": "scatter",
        "x": replay.places[k, own, 0].round(3),
        "y": replay.places[k, own, 1].round(3),
        "xaxis": "x2",
        "yaxis": "y2",
        "mode": "markers",
        "marker": {"color": class_colour(_class(label), labelled=known), "size": 4, "opacity": 0.6},
        "name": name,
        "legendgroup": name,
        "showlegend": False,
        "text": replay.rows[own],
        "hovertemplate": says.sample + " %{text:,}<extra>" + name + "</extra>",
    }


def _counted(replay: Replay, k: int, label: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    edges = np.linspace(np.floor(replay.errors.min()), np.ceil(replay.errors.max()), _BINS + 1)
    return np.histogram(replay.errors[k, replay.labels == label], edges)


def _highest(replay: Replay) -> float:
    shares = [
        counts.max() / counts.sum()
        for k in range(len(replay.epochs))
        for label in (0, -1, 1)
        if (counts := _counted(replay, k, label)[0]).sum()
    ]
    return float(max(shares))


def _crowd(values: NDArray[np.float32]) -> list[float]:
    """The range of all but a hundredth of the places: one far row would press all others together."""
    low, high = np.quantile(values, [0.005, 0.995])
    room = 0.06 * max(float(high - low), 1e-6)
    return [float(low) - room, float(high) + room]


def _class(label: int) -> str:
    return {0: "normal", 1: "anomaly"}.get(label, "unknown")


def _slider(replay: Replay, names: list[str], curve: ReplayCurve | None) -> dict[str, Any]:
    colours = theme.palette()

    def label(k: int) -> str:
        return f"{names[k]}, {area_words(replay, k, curve)}" if curve else names[k]

    return {
        "active": len(names) - 1,
        "x": 0,
        "len": 1,
        "xanchor": "left",
        "y": -0.27,
        "yanchor": "top",
        "pad": {"t": 8, "b": 0},
        # What each step is called stands above the handle; below the ticks there is no room for all.
        "font": {"size": 1, "color": "rgba(0,0,0,0)"},
        "ticklen": 4,
        "tickcolor": colours.grid,
        "bgcolor": colours.grid,
        "activebgcolor": colours.accent,
        "bordercolor": colours.grid,
        "currentvalue": {"prefix": "Epoch ", "font": {"size": 13, "color": colours.text}, "xanchor": "left"},
        "steps": [{"method": "animate", "label": label(k), "args": [[name], _how(0)]} for k, name in enumerate(names)],
    }


def _buttons(names: list[str]) -> dict[str, Any]:
    colours = theme.palette()
    return {
        "type": "buttons",
        "direction": "left",
        # On the line of what the step is called, at its other end.
        "x": 1,
        "y": -0.2,
        "xanchor": "right",
        "yanchor": "top",
        "showactive": False,
        "bgcolor": colours.surface,
        "bordercolor": colours.grid,
        "font": {"color": colours.text, "size": 13},
        "buttons": [
            {"label": "▶ Play", "method": "animate", "args": [names, _how(_MILLISECONDS)]},
            {"label": "❚❚", "method": "animate", "args": [[None], _how(0)]},
        ],
    }


def _how(milliseconds: int) -> dict[str, Any]:
    return {
        "mode": "immediate",
        "frame": {"duration": milliseconds, "redraw": False},
        "transition": {"duration": 0},
        "fromcurrent": False,
    }
