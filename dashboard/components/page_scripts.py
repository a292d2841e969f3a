"""Scripts of every page that only some ever see: links over the navigation, and what is said when nobody answers."""

from typing import Any

import streamlit as st

from dashboard import theme


def install() -> None:
    """Put them on the page, the links before everything else; once per page."""
    for name in ("skip_links", "server_away"):
        with st.container(key=f"{name}_script"):
            _script(name)(key=name, height=1)


@st.cache_resource(show_spinner=False)
def _script(name: str) -> Any:
    script = (theme.ASSETS / f"{name}.js").read_text(encoding="utf-8")
    return st.components.v2.component(f"anomalens_{name}", js=script, isolate_styles=False)
