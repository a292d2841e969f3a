"""How a run came to tell rows apart, epoch by epoch: errors, codes and ROC curve of a sample, to play and to scrub."""

from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from core.replay import Replay
from core.scoring.curves import roc_curve
from core.scoring.evaluation import auroc
from dashboard import theme
from dashboard.charts.roc import share_axis
from dashboard.charts.words import LABEL_NAMES, class_colour, faded
from dashboard.format import count

_BINS = 48
_POINTS = 1_200
"""Rows in the map: the browser moves each of them at every step."""
_CURVE = 120
"""Places of the ROC curve."""
_MILLISECONDS = 350
"""How long an epoch is shown while it plays."""
_GAP = 0.11


def replay_figure(replay: Replay, *, height: int = 450) -> go.Figure:
    """Histogram, map and (with labels of both classes) ROC curve of every kept epoch, with a slider and a play button.

    All axes stay as they are while the epochs go by; the errors' hold all epochs, the map's most of the rows.
    """
    labelled = auroc(replay.labels, replay.errors[-1]) is not None
    drawn = [_epoch(replay, k, labelled) for k in range(len(replay.epochs))]
    names = [str(epoch) for epoch in replay.epochs]
    figure = go.Figure(
        data=drawn[-1],
        frames=[go.Frame(name=name, data=traces) for name, traces in zip(names, drawn, strict=True)],
    )
    theme.figure_layout(
        figure,
        "How it learned, epoch by epoch",
        f"{count(len(replay.rows))} rows of a fixed sample; the map shows the first network's code, by PCA",
        height=height,
    )
    figure.update_layout(
        uirevision="replay",
        margin={"b": 150},
        legend={"itemsizing": "constant"},
        sliders=[_slider(replay, names, labelled)],
        updatemenus=[_buttons(names)],
        **_axes(replay, labelled),
    )
    return figure


def auroc_of(replay: Replay, place: int) -> float | None:
    """The AUROC of the sample's errors at a kept epoch; None unless rows of both classes are known."""
    return auroc(replay.labels, replay.errors[place])


def _axes(replay: Replay, labelled: bool) -> dict[str, Any]:
    panels = 3 if labelled else 2
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
    if labelled:
        axes["xaxis3"] = {"domain": domain[2], "anchor": "y3", **share_axis("False-positive rate")}
        axes["yaxis3"] = {"anchor": "x3", **share_axis("Recall")}
        axes["yaxis3"]["title"]["standoff"] = 2
    return axes


def _epoch(replay: Replay, k: int, labelled: bool) -> list[dict[str, Any]]:
    """The traces of an epoch, the same ones in the same order for all."""
    classes = [value for value in (0, -1, 1) if (replay.labels == value).any()]
    known = any(value >= 0 for value in classes)
    traces = [_histogram(replay, k, value, known) for value in classes]
    traces += [_points(replay, k, value, known) for value in classes]
    if labelled:
        errors = replay.errors[k].astype(np.float64)
        curve = roc_curve(np.sort(errors[replay.labels == 0]), np.sort(errors[replay.labels == 1]))
        assert curve is not None
        x = np.linspace(0, 1, _CURVE)
        y = np.interp(x, curve.x, curve.y)
        colour = theme.palette().accent
        traces.append(
            {
                "type": "scatter",
                "x": x.round(4),
                "y": y.round(4),
                "xaxis": "x3",
                "yaxis": "y3",
                "mode": "lines",
                "line": {"color": colour, "width": 2},
                "fill": "tozeroy",
                "fillcolor": faded(colour, 0.1),
                "name": "ROC curve",
                "showlegend": False,
                "hovertemplate": "%{y:.1%} of the anomalies at %{x:.1%} false alarms<extra></extra>",
            }
        )
    return traces


def _histogram(replay: Replay, k: int, label: int, known: bool) -> dict[str, Any]:
    counts, edges = _counted(replay, k, label)
    colour = class_colour(_class(label), labelled=known)
    name = LABEL_NAMES[label] if known else "All rows"
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


def _points(replay: Replay, k: int, label: int, known: bool) -> dict[str, Any]:
    step = max(1, -(-len(replay.rows) // _POINTS))
    own = np.flatnonzero(replay.labels == label)
    own = own if label == 1 else own[::step]
    name = LABEL_NAMES[label] if known else "All rows"
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
        "hovertemplate": "row %{text:,}<extra>" + name + "</extra>",
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


def _slider(replay: Replay, names: list[str], labelled: bool) -> dict[str, Any]:
    colours = theme.palette()

    def label(k: int) -> str:
        value = auroc_of(replay, k) if labelled else None
        return names[k] if value is None else f"{names[k]}, AUROC {value:.3f}"

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
