"""Scores over time with the threshold's line, counted in the browser while it is moved; a stretch of it selects."""

import math
from typing import Any

import numpy as np
import streamlit as st

from core.index.row_times import time_text
from core.metrics.groups import PARTS
from dashboard.explore import explore_address as address
from dashboard.explore import selection, shared_run, timelines
from dashboard.explore.lanes import run_lanes
from dashboard.explore.panels.explorer_part import colours, part
from dashboard.explore.shared_run import SharedRun
from dashboard.help import links
from dashboard.state import page_url
from dashboard.state.kind import nouns_for

_TIMELINE = "explore_timeline"


def timeline_panel(run: SharedRun) -> None:
    """Draw it; nothing where nothing tells the time and the rows are in no order, or lanes show more."""
    if run_lanes.drawable(run):
        return
    with st.container(key="explore_timeline_card", border=timelines.timeline(run) is not None, gap=None):
        _panel(run)
        if timelines.timeline(run) is not None:
            # Outside of what is drawn again and again: it travels once.
            with st.container(key="explore_times_script"):
                part("times", ("grid", "pen", "times", "times_arrive"))(
                    key="explore_times", data=_packed(run), height=1
                )


@st.fragment(key=_TIMELINE)
def _panel(run: SharedRun) -> None:
    if timelines.timeline(run) is None:
        return

    def changed() -> None:
        _changed(run)

    part("timeline", ("nouns", "grid", "pen", "numbers", "times", "timeline"), "timeline")(
        key=_TIMELINE, data=words(run), on_changed_change=changed
    )


def words(run: SharedRun) -> dict[str, Any]:
    """All that the time line is told beside its counts, as JSON can hold it."""
    says = nouns_for(run)
    known, chosen = timelines.places(run), selection.current(run)
    assert known is not None
    return {
        "key": run.grid_key,
        "name": run.name,
        "colours": colours(),
        "title": "Scores over time" if known.kind != "order" else says("Scores in the order of the rows"),
        "column": known.column or says("Row"),
        "nouns": [says.sample, says.samples],
        "help": links.address(),
        "time": list(chosen.time) if chosen.time else None,
    }


@st.cache_resource(show_spinner=False, max_entries=16, hash_funcs=shared_run.BY_KEY)
def _packed(run: SharedRun) -> bytes:
    found = timelines.timeline(run)
    assert found is not None
    return found.pack(run.grid_key)


def _changed(run: SharedRun) -> None:
    """Take a stretch of time, or the row with an interval's highest score, into the address."""
    said = dict(st.session_state[_TIMELINE].get("changed") or {})
    timeline = timelines.timeline(run)
    ends = said.get("time")
    if timeline is not None and isinstance(said.get("open"), int) and 0 <= said["open"] < timeline.rows.shape[1]:
        page_url.set_params(row=_highest(run, said["open"]))
        st.rerun(["explore_row", "explore_latent"])
    if timeline is None or not (
        isinstance(ends, list) and len(ends) == 2 and all(isinstance(e, int | float) for e in ends)
    ):
        st.rerun("explore_quiet")
    texts = [time_text(timeline.kind, float(end)) for end in ends if math.isfinite(end)]
    page_url.set_params(time=",".join(texts) if len(texts) == 2 else None, page=None)
    st.rerun(list(selection.FRAGMENTS))


def _highest(run: SharedRun, interval: int) -> int | None:
    """The row with the highest score of an interval, among the rows shown."""
    timeline = timelines.timeline(run)
    assert timeline is not None
    shown = [PARTS.index(name) for name in address.shown_parts(run)]
    top = timeline.top[shown, interval]
    return None if np.isnan(top).all() else int(timeline.at[shown[int(np.nanargmax(top))], interval])
