"""The left side of every page: where one can go, each link leading back to what was looked at there."""

import streamlit as st

from dashboard.format import plain
from dashboard.state import page_list, page_url


def navigation() -> None:
    """Draw the navigation."""
    with st.sidebar, st.container(key="navigation", gap="xxsmall"):
        for name, page in page_list.pages().items():
            page_url.page_link(name, plain(page.title), icon=page.icon, **page_url.link_params(name))


def recent_runs() -> None:
    """Draw the list of runs below it."""
    # Imported here: what it needs to read the store would delay the very first page.
    from dashboard.sidebar import runs_list

    runs_list.sidebar()
