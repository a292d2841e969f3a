"""The runs at hand: a compact list for the side of every page, which follows what is training now.

It reads the run store once per look, and looks again by itself only while a run is active.
"""

from typing import TYPE_CHECKING

import streamlit as st

from dashboard.components import run_words
from dashboard.format import plain
from dashboard.server import cache
from dashboard.state import page_url
from dashboard.theme import ASSETS

if TYPE_CHECKING:
    from core.store.records import Run

SECONDS = 2.0
"""Between two looks while a run is active."""
MOST = 6
"""Runs shown; the Runs page has them all."""
_LOOK = 40
"""The newest runs among which active ones are looked for; the list stays cheap however many there are."""
_NAME = 26


def sidebar() -> None:
    """Draw the list in the sidebar; nothing at all while there are no runs."""
    runs = newest()
    if not runs:
        return
    active = any(run.active for run in runs)
    # The first look has been taken already: the fragment takes it over instead of asking again.
    first = [runs]
    with st.sidebar:
        st.fragment(_list, run_every=SECONDS if active else None)(first, active)


def newest() -> "list[Run]":
    """The runs of the list: those that are active, then the newest."""
    runs = cache.workspace().store.runs(limit=_LOOK)
    runs.sort(key=lambda run: run.active, reverse=True)
    active = sum(run.active for run in runs)
    return runs[: max(MOST, active)]


def _list(first: "list[list[Run]]", was_active: bool) -> None:
    runs = first.pop() if first else newest()
    if was_active and not any(run.active for run in runs):
        # Nothing moves any more: draw the page once without the clock.
        st.rerun(scope="app")
    st.html(ASSETS / "runs_list.css")
    with st.container(key="runs_at_hand", gap=None):
        st.caption("Runs")
        for run in runs:
            _entry(run)


def _entry(run: "Run") -> None:
    """A line: the state's shape, the name, and how far it is or what it came to."""
    name = run.name if len(run.name) <= _NAME else run.name[: _NAME - 1] + "…"
    summary = plain(run_words.one_line(run))
    label = f"{plain(name)} :{'primary' if run.active else 'gray'}[{summary}]"
    # One that failed leads to why, from where its scores can be looked at if it has any.
    page = "explore" if run.state in {"done", "stopped"} else "train"
    prefix = "this_run" if page_url.param("run") == run.id else "other_run"
    with st.container(key=f"{prefix}_{run.id}"):
        dataset = {"dataset": run.dataset_id} if page == "train" else {}
        page_url.page_link(page, label, icon=run_words.symbol(run.state), run=run.id, **dataset)
