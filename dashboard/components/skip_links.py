"""Links that only the keyboard sees: over the navigation to the content, and to the threshold."""

from typing import Any

import streamlit as st

from dashboard import theme


def install() -> None:
    """Put them before everything else on the page; once per page."""
    with st.container(key="skip_links_script"):
        _script()(key="skip_links", height=1)


@st.cache_resource(show_spinner=False)
def _script() -> Any:
    script = (theme.ASSETS / "skip_links.js").read_text(encoding="utf-8")
    return st.components.v2.component("anomalens_skip_links", js=script, isolate_styles=False)
