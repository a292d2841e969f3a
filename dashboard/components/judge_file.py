"""The way to judge a new file with a finished run, and what is said where a run is such a file."""

from typing import TYPE_CHECKING

import streamlit as st

from core.errors import AnomalensError
from core.jobs.judging import judge_new_file
from dashboard.data import uploader
from dashboard.format import number, plain
from dashboard.help import links
from dashboard.server import cache
from dashboard.state import page_url
from dashboard.state.kind import nouns_for

if TYPE_CHECKING:
    from core.results.finished_run import FinishedRun

WAIT_SECONDS = 1800.0
_KEY = "judge_file"


def judge_button(run: "FinishedRun", *, quiet: bool = False) -> None:
    """A button that opens the panel in which a file is judged."""
    if st.button(
        "Judge a new file",
        key="judge_open",
        type="tertiary" if quiet else "secondary",
        icon=":material/upload_file:",
        disabled=not run.has_networks,
        help=links.more(
            "Tomorrow's file, read as this run's was and judged at its threshold."
            if run.has_networks
            else "The run kept no networks. Train again.",
            "pages",
            "judge-a-new-file",
        ),
    ):
        _panel(run)


@st.dialog("Judge a new file", width="large", icon=":material/upload_file:")
def _panel(run: "FinishedRun") -> None:
    says = nouns_for(run)
    st.markdown(
        says(
            f"The file is read as the one that **{plain(run.name)}** was trained on, and its rows are judged at the "
            f"threshold {number(run.threshold, 5)}. They become a run of their own: Explore, Triage, reports, exports."
        )
    )
    arrived = uploader.uploader(_KEY, "Drop the new file here")
    if arrived is None:
        st.caption("It needs the columns that the run was trained on; a label is welcome and not needed.")
        return
    if not st.button("Judge it", type="primary", icon=":material/insights:", key="judge_now"):
        return
    try:
        with st.spinner(f"Reading and judging {plain(arrived.name)} …", show_time=True):
            judged = cache.engine().call(
                judge_new_file,
                run.id,
                run.score,
                str(arrived.path),
                arrived.name,
                run.space.settings,
                timeout=WAIT_SECONDS,
            )
    except AnomalensError as problem:
        st.error(says(plain(str(problem))), icon=":material/block:")
        return
    except Exception as problem:
        # Whatever went wrong on the worker, the page goes on and says it.
        st.error(f"The file could not be judged: {plain(str(problem))}", icon=":material/block:")
        return
    uploader.clear(_KEY)
    page_url.go("explore", run=judged)


def judged_line(run: "FinishedRun") -> None:
    """Where a run is a file that another has judged: by which, and how far it has drifted."""
    by = run.result.get("judged_by")
    if by:
        name, drift = plain(str(by["name"])), plain(str(by["drift"]))
        link = f"[{name}](explore?run={plain(str(by['run']))})"
        said = f"Judged by the run {link}, which did not learn from these {nouns_for(run).samples}. {drift}"
        st.caption(said, width="stretch")
