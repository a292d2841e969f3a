"""How one column's values are spread, by class where that is known."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import plotly.graph_objects as go

from core.modalities.nouns import ROWS, Nouns
from dashboard import theme
from dashboard.format import count, number, share

if TYPE_CHECKING:
    from core.index.by_class import ByClass
    from core.index.profile import ColumnProfile

_NAMES = {"normal": "Normal", "anomaly": "Anomaly", "unknown": "Unknown"}


def column_values_figure(
    column: ColumnProfile, by_class: ByClass | None = None, *, unit: str = "", log: bool = False, says: Nouns = ROWS
) -> go.Figure:
    """A histogram of numbers and dates, or bars of the most frequent levels.

    Parameters
    ----------
    column
        The column's profile.
    by_class
        Its counts by class: drawn as shares of each class, so that rare anomalies are seen beside many normal rows.
    unit
        The unit of an epoch; only said in the axis title.
    log
        Counts on a logarithmic axis.
    says
        The words of the kind of data.
    """
    fig = go.Figure()
    levels = bool(column.levels)
    shares = by_class is not None and len(by_class.counts) > 1
    for name, counts in (by_class.counts if by_class else {"all": column.counts or _counts(column)}).items():
        total = by_class.rows[name] if by_class else 0
        heights = [100 * n / max(total, 1) for n in counts] if shares else list(counts)
        colour = theme.class_colour(name) if by_class else theme.palette().accent
        add = _add_bars if levels else _add_steps
        add(fig, column, heights, _NAMES.get(name) or says("Rows"), colour, " %" if shares else f" {says.samples}")
    theme.figure_layout(fig, column.name, _subtitle(column, by_class), height=360)
    value_axis = {"title": "Share of the class (%)" if shares else says("Rows"), "type": "log" if log else "linear"}
    if levels:
        fig.update_layout(xaxis=value_axis, yaxis={"autorange": "reversed", "type": "category"}, barmode="group")
    else:
        fig.update_layout(yaxis=value_axis, xaxis={"title": _axis_title(column, unit)}, barmode="overlay")
    fig.update_layout(showlegend=by_class is not None, bargap=0.18 if levels else 0)
    return fig


def _add_steps(fig: go.Figure, column: ColumnProfile, heights: list[float], name: str, colour: str, unit: str) -> None:
    edges = [_moment(e) for e in column.edges] if column.kind == "datetime" else list(column.edges)
    if not edges:
        return
    # A stepped line closed at both ends: one path instead of forty bars, and classes stay readable over each other.
    x = [edges[0], *edges]
    y = [0.0, *heights, 0.0]
    fig.add_scatter(
        x=x,
        y=y,
        name=name,
        mode="lines",
        line={"shape": "hv", "width": 1.8, "color": colour},
        fill="tozeroy",
        fillcolor=_faint(colour),
        hovertemplate=f"%{{x}}<br>{name}: %{{y:.3~g}}{unit}<extra></extra>",
    )


def _add_bars(fig: go.Figure, column: ColumnProfile, heights: list[float], name: str, colour: str, unit: str) -> None:
    fig.add_bar(
        y=[_short(level) for level, _ in column.levels],
        x=heights,
        name=name,
        orientation="h",
        marker_color=colour,
        hovertemplate=f"%{{y}}<br>{name}: %{{x:.3~g}}{unit}<extra></extra>",
    )


def _counts(column: ColumnProfile) -> tuple[int, ...]:
    return tuple(n for _, n in column.levels)


def _subtitle(column: ColumnProfile, by_class: ByClass | None) -> str:
    facts = [f"{column.kind}, {share(column.missing)} missing"]
    if column.other_levels:
        facts.append(f"{count(column.other_levels)} rarer values are not shown")
    if column.below or column.above:
        far = count(column.below + column.above)
        facts.append(f"{far} far values (to {number(column.low)} and {number(column.high)}) lie outside")
    if by_class and by_class.sampled:
        facts.append("of a sample")
    return "; ".join(facts)


def _axis_title(column: ColumnProfile, unit: str) -> str:
    return (
        f"{column.name} (epoch in {unit})"
        if column.kind == "datetime" and unit in {"s", "ms", "us", "ns"}
        else column.name
    )


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _short(text: str, most: int = 28) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def _faint(colour: str) -> str:
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.16)"
