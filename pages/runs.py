"""The Runs page: every run, one in full, or two side by side."""

import streamlit as st

from dashboard.components.missing import empty_state
from dashboard.format import plural
from dashboard.help import links
from dashboard.runs import run_details, runs_table, two_runs
from dashboard.server import cache
from dashboard.state import page_url
from dashboard.theme import ASSETS

_ABOUT = "Every run, one in full, or two side by side."
PAGE = {"title": "Runs", "icon": ":material/list_alt:", "order": 80}

st.html(ASSETS / "train.css")
store = cache.workspace().store
runs = store.runs()
title, count = st.columns([3, 1], vertical_alignment="center")
links.page_title("Runs", _ABOUT, "runs", title)
if not runs:
    has_data = bool(cache.datasets())
    empty_state(
        "No runs yet",
        "Every training is kept here with its settings, its metrics and your notes, to open, repeat and compare.",
        icon=":material/list_alt:",
        page="train" if has_data else "data",
        label="Train a model" if has_data else "Choose data",
    )
    st.stop()

passing = runs_table.filters(runs)
shown = passing(runs)
count.caption(
    plural(len(shown), "run") + (f" of {len(runs):,}" if len(shown) < len(runs) else ""), text_alignment="right"
)
by_id = {run.id: run for run in runs}
for name in ("run", "compare"):
    if (wanted := page_url.param(name)) and wanted not in by_id:
        page_url.set_params(**{name: None})
        st.warning("The link names a run that is not here. It may have been deleted.", icon=":material/link_off:")
runs_table.choose(shown, lambda: passing(store.runs()))
one, other = by_id.get(page_url.param("run")), by_id.get(page_url.param("compare"))
if one and other and one.id != other.id:
    two_runs.compare(one, other)
elif one or other:
    run_details.run_details(one or other)
else:
    st.caption("Tick a run to see it in full, or two to compare them.")
