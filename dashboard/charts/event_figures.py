"""Figures of one event of a series: errors by channel and time, the usual week of a channel, correlations."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np
import plotly.graph_objects as go

from core.events.event import stamp_words
from dashboard import theme
from dashboard.charts.words import safe

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from core.events.event import Event
    from core.events.inspecting import ErrorMap

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MOST = 40
"""Channels of a figure."""


def error_heatmap(found: ErrorMap, event: Event, kind: str) -> go.Figure:
    """Channels by time, the darker the farther off; the event between two lines."""
    colours = theme.palette()
    order = np.argsort(-np.nan_to_num(found.off).mean(axis=1), kind="stable")[:MOST][::-1]
    at = _axis(found.at, kind)
    figure = go.Figure()
    figure.add_heatmap(
        z=np.minimum(found.off[order], 99.0),
        x=at,
        y=[safe(found.channels[c], 28) for c in order],
        colorscale=list(colours.sequential),
        zmin=0,
        zmax=float(max(3.0, min(12.0, np.nanmax(found.off, initial=3.0)))),
        colorbar={"title": {"text": "off by", "side": "right"}, "thickness": 10},
        hovertemplate="%{y}<br>%{x}<br>%{z:.2f} times what is usual<extra></extra>",
    )
    for end in _axis(np.array([event.start, event.end]), kind):
        figure.add_shape(
            type="line", x0=end, x1=end, y0=0, y1=1, yref="paper", line={"color": colours.text, "dash": "dot"}
        )
    subtitle = f"{stamp_words(kind, event.start)} to {stamp_words(kind, event.end)} between the dotted lines"
    theme.figure_layout(figure, "Where it is off", subtitle, height=150 + 22 * len(order))
    return figure


def week_heatmap(profile: NDArray[np.float64], channel: str, cell: tuple[int, int] | None) -> go.Figure:
    """The median of a channel by weekday and hour; the hour of an event is framed."""
    colours = theme.palette()
    figure = go.Figure()
    figure.add_heatmap(
        z=profile,
        x=[f"{hour:02d}" for hour in range(24)],
        y=list(DAYS),
        colorscale=list(colours.sequential),
        colorbar={"thickness": 10},
        hovertemplate="%{y} %{x}:00<br>%{z:.4g}<extra></extra>",
    )
    if cell is not None:
        day, hour = cell
        figure.add_shape(
            type="rect", x0=hour - 0.5, x1=hour + 0.5, y0=day - 0.5, y1=day + 0.5,
            line={"color": colours.anomaly, "width": 3},
        )  # fmt: skip
    subtitle = "median by weekday and hour, UTC" + ("; the event began in the frame" if cell is not None else "")
    theme.figure_layout(figure, f"Usual week of {safe(channel, 40)}", subtitle, height=310)
    figure.update_yaxes(autorange="reversed")
    figure.update_xaxes(title_text="Hour of the day")
    return figure


def correlation_pair(before: NDArray[np.float64], during: NDArray[np.float64], channels: tuple[str, ...]) -> go.Figure:
    """How channels go together before an event and in it, side by side."""
    from plotly.subplots import make_subplots

    colours = theme.palette()
    # The channels whose ties have changed most.
    changed = np.nan_to_num(np.abs(np.nan_to_num(during) - np.nan_to_num(before))).sum(axis=0)
    some = np.sort(np.argsort(-changed, kind="stable")[:16])
    names = [safe(channels[c], 16) for c in some]
    figure = make_subplots(1, 2, subplot_titles=("Before", "In the event"), horizontal_spacing=0.12)
    for place, values in enumerate((before, during), 1):
        figure.add_heatmap(
            z=values[np.ix_(some, some)], x=names, y=names, zmin=-1, zmax=1, row=1, col=place,
            colorscale=list(colours.diverging),
            showscale=place == 2, colorbar={"thickness": 10},
            hovertemplate="%{y} and %{x}: %{z:.2f}<extra></extra>",
        )  # fmt: skip
    theme.figure_layout(figure, "How channels go together", "correlation", height=200 + 24 * len(names))
    figure.update_yaxes(autorange="reversed")
    return figure


def _axis(times: NDArray[np.float64], kind: str) -> list[object]:
    if kind != "time":
        return [float(time) for time in times]
    return [datetime.fromtimestamp(float(time), UTC).replace(tzinfo=None) for time in times]
