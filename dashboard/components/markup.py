"""Escaped markup on a page, drawings among it: Streamlit's own HTML element takes SVG away."""

from typing import TYPE_CHECKING, Any

import streamlit as st

from dashboard import theme

if TYPE_CHECKING:
    from markupsafe import Markup


def markup(drawn: "Markup", *, key: str) -> None:
    """Draw what :mod:`core` made for pages and reports alike; its classes are those of ``assets/samples.css``.

    Parameters
    ----------
    drawn
        Escaped HTML and SVG, without scripts.
    key
        Another one for each place of a page.
    """
    _component()(key=key, data={"markup": str(drawn)})


@st.cache_resource(show_spinner=False)
def _component() -> Any:
    css, js = ((theme.ASSETS / name).read_text(encoding="utf-8") for name in ("samples.css", "markup.js"))
    return st.components.v2.component("anomalens_markup", html='<div class="markup"></div>', css=css, js=js)
