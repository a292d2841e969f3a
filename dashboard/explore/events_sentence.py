"""Rows that stand out close together in time, as events: how many, and which of the labelled ones were found."""

import numpy as np
import streamlit as st

from core.errors import AnomalensError
from core.events.figures import EventFigures, event_figures
from core.events.joining import EventRule, joined
from core.lanes.time_order import TimeOrder
from core.metrics.groups import PARTS
from core.words import duration
from dashboard.explore import shared_run, timelines
from dashboard.explore.lanes import run_lanes
from dashboard.explore.shared_run import SharedRun
from dashboard.format import Markdown, count, plural


def sentence(run: SharedRun, parts: tuple[str, ...], threshold: float) -> Markdown:
    """What the rows above a threshold come to in time; empty where no column tells it, or nothing stands out.

    Flagged rows are joined as the page's address says, so that a list of events on the page has the same number.
    """
    try:
        drawn = run_lanes.drawable(run)
        found = run_lanes.events(run).figures if drawn else _figures(run, parts, threshold, run_lanes.rule())
    except AnomalensError:
        # The list of events says why there is none.
        return ""
    if found is None or not found.events:
        return ""
    if not found.labelled:
        return f"Those close together in time are {plural(found.events, 'event')}."
    said = f"In time the anomalies are {plural(found.labelled, 'event')}; {count(found.found or 0)} found"
    if not found.found or found.median_delay is None:
        return f"{said}."
    if found.found == 1:
        return f"{said} {f'after {duration(found.median_delay)}' if found.median_delay else 'at once'}."
    return f"{said}, half of them {f'within {duration(found.median_delay)}' if found.median_delay else 'at once'}."


@st.cache_resource(show_spinner=False, max_entries=128, hash_funcs=shared_run.BY_KEY)
def _figures(run: SharedRun, parts: tuple[str, ...], threshold: float, how: EventRule) -> EventFigures | None:
    order = _order(run, parts)
    if order is None:
        return None
    every = run.scored
    return event_figures(order, joined(order, every.score, threshold, how), every.label, label_gap=how.gap)


@st.cache_resource(show_spinner=False, max_entries=6, hash_funcs=shared_run.BY_KEY)
def _order(run: SharedRun, parts: tuple[str, ...]) -> TimeOrder | None:
    """Twenty bytes a row."""
    times, every = timelines.places(run), run.scored
    if times is None or times.kind != "time" or times.values.size != every.score.size:
        return None
    places = [PARTS.index(part) for part in parts]
    return TimeOrder.of(times.values, np.flatnonzero(np.isin(every.part, places)))
