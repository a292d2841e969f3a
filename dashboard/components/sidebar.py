"""The left side of every page: where one can go, each link leading back to what was looked at there."""

import streamlit as st

from dashboard.state import page_url

_ENTRIES = (
    ("data", "Data", ":material/table_view:"),
    ("train", "Train", ":material/model_training:"),
    ("search", "Find the best", ":material/manage_search:"),
    ("explore", "Explore", ":material/insights:"),
    ("triage", "Triage", ":material/gavel:"),
    ("thresholds", "Threshold lab", ":material/rule:"),
    ("compare", "Compare", ":material/balance:"),
    ("runs", "Runs", ":material/list_alt:"),
)


def navigation() -> None:
    """Draw the navigation."""
    with st.sidebar, st.container(key="navigation", gap="xxsmall"):
        for page, label, icon in _ENTRIES:
            page_url.page_link(page, label, icon=icon, **page_url.link_params(page))


def runs_at_hand() -> None:
    """Draw the list of runs below it."""
    # Imported here: what it needs to read the store would delay the very first page.
    from dashboard.components import runs_list

    runs_list.sidebar()
