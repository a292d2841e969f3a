"""One line that leads to the Compare page where it has something to say about a run: a winner, or a warning."""

import streamlit as st

from dashboard.compare import comparisons
from dashboard.explore.shared_run import SharedRun
from dashboard.format import plain
from dashboard.state import page_url
from dashboard.state.kind import nouns_for


def compare_hint(run: SharedRun) -> None:
    """Draw the line; nothing where nothing is known."""
    says = nouns_for(run)
    found = comparisons.summary(run)
    said = []
    if found["verdict"].get("kind") == "classical":
        said.append(plain(found["verdict"]["sentence"].split(":")[0] + says(" on these rows.")))
    if found["warnings"]:
        titles = ", ".join(f"“{says(title)}”" for title in found["warnings"])
        said.append(
            plain(f"This check failed: {titles}." if len(found["warnings"]) == 1 else f"These checks failed: {titles}.")
        )
    if not said:
        return
    with st.container(horizontal=True, vertical_alignment="center", key="compare_hint"):
        st.caption(f":material/balance: {' '.join(said)}", width="content")
        page_url.page_link("compare", "See Compare", icon=":material/arrow_forward:", run=run.id)
