"""Figures on a page, each with its download as PNG and SVG, made by the browser and without any network."""

import re
from typing import TYPE_CHECKING, Any

import streamlit as st

from dashboard import theme

if TYPE_CHECKING:
    import plotly.graph_objects as go

SCALE = 2
"""Downloaded pictures are so many times the size on screen."""


def show(fig: "go.Figure", key: str, name: str = "", *, alt: str | None = None, **options: Any) -> Any:
    """Draw a figure with buttons that download it.

    Parameters
    ----------
    fig
        A figure that has been through :func:`dashboard.theme.figure_layout`.
    key
        Unique on the page.
    name
        The run's (or the dataset's) name: it stands in the downloaded picture, below the title, and in its file's name.
    alt
        The figure in words, for who does not see it; the title by default.
    options
        Passed on to ``st.plotly_chart`` (``on_select``, ``height`` …).
    """
    title = str(fig.layout.title.text or key)
    config = {
        "displaylogo": False,
        "responsive": True,
        "modeBarButtonsToRemove": ["select2d", "lasso2d", "autoScale2d"] if "on_select" not in options else [],
        "toImageButtonOptions": {"format": "png", "scale": SCALE, "filename": file_name(title, name), "name": name},
    }
    with st.container(key=f"figure_{key}", gap=None):
        return st.plotly_chart(fig, key=key, theme=None, config=config, alt=alt or _plain(title), **options)


def file_name(title: str, name: str = "") -> str:
    """The file's name of a picture: ``anomalens-roc-curve-my-run``."""
    words = [_plain(part).lower() for part in ("anomalens", title, name) if part]
    return "-".join(re.sub(r"[^\w]+", "-", word).strip("-") for word in words)[:120]


def install() -> None:
    """Put the scripts on the page that give every figure its two buttons, and its slider its keys; once per page."""
    _script("figure_downloads")(key="downloads_script", height=1)
    _script("figure_keys")(key="figure_keys_script", height=1)


@st.cache_resource(show_spinner=False)
def _script(name: str) -> Any:
    script = (theme.ASSETS / f"{name}.js").read_text(encoding="utf-8")
    return st.components.v2.component(f"anomalens_{name}", js=script, isolate_styles=False)


def _plain(text: str) -> str:
    return re.sub(r"<[^>]+>", "", text)
