"""How active the units of a sparse code are; nothing where the code is not meant to be sparse."""

from typing import Any

import streamlit as st

from dashboard.charts.code_activity import code_activity_figure
from dashboard.components.show import show
from dashboard.server import cache


def activity_panel(run_id: str, run_name: str) -> None:
    """Draw the mean activation of each code unit."""
    activity = _activity(run_id)
    if activity is None:
        return
    with st.container(border=True, key="explore_activity_card"):
        show(code_activity_figure(activity), "explore_activity", run_name)


@st.cache_resource(show_spinner=False, max_entries=16)
def _activity(run_id: str) -> dict[str, Any] | None:
    artifacts, path = cache.workspace().artifacts, f"runs/{run_id}/activity.json"
    return dict(artifacts.read_json(path)) if artifacts.exists(path) else None
