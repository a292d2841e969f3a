"""How active the units of a sparse code are; nothing where the code is not meant to be sparse."""

from typing import Any

import streamlit as st

from dashboard.charts.code_activity import code_activity_figure
from dashboard.components.figure_cache import cached_figure
from dashboard.components.show import show
from dashboard.explore import shared_run
from dashboard.explore.shared_run import SharedRun
from dashboard.state.kind import nouns_for


def activity_panel(run: SharedRun) -> None:
    """Draw the mean activation of each code unit."""
    activity = _activity(run)
    if activity is None:
        return
    with st.container(border=True, key="explore_activity_card"):
        figure = cached_figure(("activity", run.key), lambda: code_activity_figure(activity, says=nouns_for(run)))
        show(figure, "explore_activity", run.name)


@st.cache_resource(show_spinner=False, max_entries=16, hash_funcs=shared_run.BY_KEY)
def _activity(run: SharedRun) -> dict[str, Any] | None:
    artifacts, path = run.space.artifacts, f"{run.folder}/activity.json"
    return dict(artifacts.read_json(path)) if artifacts.exists(path) else None
