"""The choice of a finished run to look at, and what is said of one that has not finished."""

from typing import TYPE_CHECKING

import streamlit as st

from core.results.finished_run import has_scores
from dashboard.components.missing import require_run
from dashboard.explore import shared_run
from dashboard.explore.shared_run import SharedRun
from dashboard.format import distinct, number
from dashboard.server import cache
from dashboard.state import page_url, widget_sync

if TYPE_CHECKING:
    from core.store.records import Run

_MOST = 200


def pick_run() -> "Run":
    """The run that the address names, else the newest finished one; ends the page where there is none to look at."""
    finished = [run for run in cache.workspace().store.runs(limit=_MOST) if run.result]
    if not page_url.run_id() and finished:
        page_url.set_params(run=finished[0].id)
    run = require_run()
    if run.id not in {other.id for other in finished}:
        finished.insert(0, run)
    names = distinct({other.id: _describe(other) for other in finished})
    st.selectbox(
        "Run",
        list(names),
        index=list(names).index(run.id),
        format_func=lambda run_id: names.get(run_id, run_id),
        key=widget_sync.key("explore_run", run.id),
        on_change=_open,
        label_visibility="collapsed",
    )
    return run


def require_scores(run: "Run") -> SharedRun:
    """The run, opened, if it has scores; of any other say how far it is, and end the page."""
    if has_scores(cache.workspace(), run):
        return shared_run.open_run(run)
    reasons = {
        "queued": "This run waits for a free worker. Its anomalies can be explored when it is done.",
        "running": "This run is still training. Its anomalies can be explored when it is done.",
        "paused": "This run is paused. Resume it, or stop it and keep the best weights, to explore its anomalies.",
        "failed": "This run failed, so that there is nothing to explore.",
        "cancelled": "This run was cancelled, so that there is nothing to explore.",
    }
    waits = run.state in ("queued", "running", "paused")
    icon = ":material/hourglass_top:" if waits else ":material/error:"
    st.info(reasons.get(run.state, "This run has no scores yet."), icon=icon)
    if run.reason:
        st.text(run.reason)
    page_url.page_link("train", "See the run", icon=":material/model_training:", dataset=run.dataset_id, run=run.id)
    st.stop()


def _open() -> None:
    # Another run is another view: nothing of the old threshold or selection belongs to it.
    keep = {"run", "rows", "curve", "map"}
    page_url.set_params(**{name: None for name in list(st.query_params) if name not in keep})
    page_url.set_params(run=widget_sync.value("explore_run"))


def _describe(run: "Run") -> str:
    """A line of the list: name, dataset and AUROC."""
    auroc = (run.result or {}).get("auroc")
    parts = [run.name, run.dataset_name]
    if auroc is not None:
        parts.append(f"AUROC {number(auroc)}")
    elif not run.result:
        parts.append(run.state)
    return "  ·  ".join(parts)
