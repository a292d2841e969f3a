"""The loss per epoch, each term apart, of the training and the validation rows."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from dashboard import theme

MOST_POINTS = 600
"""Points drawn per line; more cannot be told apart on a screen, and a live chart is sent again and again."""

_PARTS = (("validation", "Validation", "solid", 2.4), ("train", "Training", "dot", 1.6))
_WORDS = {"kl": "KL", "loss": "Loss"}


def loss_figure(
    records: Sequence[Mapping[str, Any]],
    *,
    log: bool = True,
    best_epoch: int | None = None,
    live: bool = False,
    title: str = "Loss per epoch",
    subtitle: str = "",
    height: int = 360,
) -> go.Figure:
    """Lines of every loss term: validation strong, training thin and dotted.

    Parameters
    ----------
    records
        Epochs as the run store keeps them: ``epoch``, ``epochs``, and ``train`` and ``validation`` with the value of
        each term.
    log
        Whether the loss has a logarithmic axis; what is not above zero is left out of it.
    best_epoch
        The epoch whose weights were kept, marked by a line.
    live
        Whether more epochs are to come: the epoch axis then leaves room and grows in a few steps only.
    """
    found, shown = terms(records), thinned(records)
    alone = len(found) == 1
    traces = [t for i, term in enumerate(found) for t in _term(shown, term, i, log=log, alone=alone)]
    if len(found) > 1 and not subtitle:
        subtitle = "Solid: validation. Dotted: training."
    layout = {
        "hovermode": "x unified",
        "uirevision": "loss",
        "xaxis": {"title": {"text": "Epoch"}, "range": epoch_range(records, live=live)},
        "yaxis": {"title": {"text": "Loss"}} | loss_axis(records, found, log=log),
    }
    if best_epoch is not None and records:
        layout |= _mark(best_epoch, at_right=best_epoch > 0.8 * int(records[-1]["epoch"]))
    # One dict for all: Plotly checks every single change of a figure, and a live one is drawn twice a second.
    return theme.figure_layout(go.Figure({"data": traces, "layout": layout}), title, subtitle, height=height)


def _term(
    records: Sequence[Mapping[str, Any]], term: str, index: int, *, log: bool, alone: bool
) -> list[dict[str, Any]]:
    """Two lines; in the legend they are the two parts where there is one term, else one entry per term."""
    colours = theme.palette().series
    traces: list[dict[str, Any]] = []
    for part, words, dash, width in _PARTS:
        xs, ys = line(records, part, term, log=log)
        if not xs:
            continue
        name = words if alone else f"{term_words(term)}, {words.lower()}"
        traces.append(
            {
                "type": "scatter",
                "x": xs,
                "y": ys,
                "name": name if alone else term_words(term),
                "legendgroup": name if alone else term,
                "showlegend": alone or not traces,
                "mode": "lines+markers" if len(xs) < 3 else "lines",
                "line": {"color": colours[index % len(colours)], "width": width, "dash": dash},
                "hovertemplate": "%{y:.4g}<extra>" + name + "</extra>",
            }
        )
    return traces


def _mark(epoch: int, *, at_right: bool) -> dict[str, Any]:
    """A line at the epoch whose weights were kept."""
    colour = theme.palette().muted
    place = {"x": epoch, "yref": "paper", "y": 1, "yanchor": "top", "xanchor": "right" if at_right else "left"}
    words = {"text": f"kept: {epoch}", "showarrow": False, "font": {"size": 12, "color": colour}}
    ends = {"x0": epoch, "x1": epoch, "yref": "paper", "y0": 0, "y1": 1}
    shape = {"type": "line", "line": {"color": colour, "width": 1, "dash": "dash"}}
    return {"shapes": [shape | ends], "annotations": [place | words]}


def loss_axis(records: Sequence[Mapping[str, Any]], parts: Sequence[str], *, log: bool) -> dict[str, Any]:
    """The axis of a loss; without any value it holds its place."""
    if not parts:
        return {"range": [0, 1], "showticklabels": False}
    if not log:
        return {"rangemode": "tozero"}
    ticks = log_ticks(*_extent(records, parts))
    return {"type": "log", "tickvals": ticks, "ticktext": [f"{tick:g}" for tick in ticks]}


def log_ticks(low: float, high: float) -> list[float]:
    """Round numbers between the ends: many where they are near, powers of ten alone where they are far apart."""
    decades = math.log10(high / low)
    digits = (1, 1.5, 2, 3, 4, 5, 7) if decades < 0.8 else (1, 2, 5) if decades < 2.5 else (1,)
    powers = range(math.floor(math.log10(low)) - 1, math.ceil(math.log10(high)) + 2)
    return [float(f"{digit}e{power}") for power in powers for digit in digits]


def _extent(records: Sequence[Mapping[str, Any]], parts: Sequence[str]) -> tuple[float, float]:
    """The lowest and the highest value above zero."""
    values = [
        value
        for record in records
        for part, *_ in _PARTS
        for term in parts
        if (value := (record.get(part) or {}).get(term)) is not None and value > 0
    ]
    return (min(values), max(values)) if values else (0.1, 1.0)


def total(terms: Mapping[str, float] | None) -> float | None:
    """The whole loss of a record's part; None where the part has no rows."""
    return terms.get("loss") if terms else None


def terms(records: Sequence[Mapping[str, Any]]) -> list[str]:
    """The loss and its terms in the order in which they first appear; a single term is the loss itself."""
    found: dict[str, None] = {}
    for record in (*records[:1], *records[-1:]):
        for part in ("train", "validation"):
            found.update(dict.fromkeys(record.get(part) or {}))
    return ["loss"] if len(found) == 2 and "loss" in found else list(found)


def term_words(term: str) -> str:
    """A term as people write it: "reconstruction" is Reconstruction, "kl" is KL."""
    plain = term.replace("_", " ")
    return _WORDS.get(term, plain[:1].upper() + plain[1:])


def line(
    records: Sequence[Mapping[str, Any]], part: str, term: str, *, log: bool
) -> tuple[list[int], list[float | None]]:
    """Epochs and values of one term; empty where the part has none of it."""
    xs, ys = [], []
    for record in records:
        value = (record.get(part) or {}).get(term)
        xs.append(int(record["epoch"]))
        ys.append(None if value is None or (log and value <= 0) else float(value))
    return (xs, ys) if any(y is not None for y in ys) else ([], [])


def thinned(records: Sequence[Mapping[str, Any]], most: int = MOST_POINTS) -> list[Mapping[str, Any]]:
    """At most ``most`` of the epochs, evenly spaced, the first and the last always among them."""
    if len(records) <= most:
        return list(records)
    step = (len(records) - 1) / (most - 1)
    return [records[round(i * step)] for i in range(most)]


def epoch_range(records: Sequence[Mapping[str, Any]], *, live: bool) -> list[float] | None:
    """The epoch axis: what there is, or while training some room, in steps of 1, 2, 5, so that it seldom moves."""
    if not records:
        return [0.0, 10.0]
    last, total = int(records[-1]["epoch"]), int(records[-1].get("epochs") or 0)
    first = int(records[0]["epoch"])
    if not live:
        return [first - 0.5, max(last, first + 1) + 0.5]
    room = 10
    while room < last * 1.1:
        room = room * 2 if str(room)[0] in "15" else room * 5 // 2
    return [first - 0.5, (min(room, total) if total >= last else room) + 0.5]
