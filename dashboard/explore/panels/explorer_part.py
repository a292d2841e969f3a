"""The browser's side of the Explore page: components of our own, plain scripts in ``assets/explorer`` put together.

Drawn on a canvas and not by Plotly: Plotly says nothing of a line before it is let go of, and Streamlit's copy of it
cannot be reached from another script to move an operating point, but by writing into its SVG behind its back, which
its next redraw undoes. A frame costs a few milliseconds here.
"""

from typing import Any

import streamlit as st

from dashboard import theme

_FOLDER = theme.ASSETS / "explorer"
LIVE_COLOURS = ("normal", "anomaly", "unknown", "accent", "threshold", "muted", "grid")


@st.cache_resource(show_spinner=False)
def part(name: str, scripts: tuple[str, ...], html: str = "", css: tuple[str, ...] = ("explorer",)) -> Any:
    """A component made of some of the scripts, the last of which has the function that Streamlit calls.

    Parameters
    ----------
    name
        Its name among the page's components.
    scripts
        Names of the scripts, in an order in which each finds what it needs.
    html
        The name of its markup, empty for a component that shows nothing.
    css
        The names of its styles.
    """

    def read(names: tuple[str, ...], kind: str) -> str:
        return "\n".join((_FOLDER / f"{one}.{kind}").read_text(encoding="utf-8") for one in names)

    shown = {"html": read((html,), "html"), "css": read(css, "css")} if html else {}
    return st.components.v2.component(f"anomalens_{name}", js=read(scripts, "js"), **shown)


def colours() -> dict[str, str]:
    """The colours of the theme that a script cannot read from the page."""
    palette = theme.palette()
    return {name: getattr(palette, name) for name in LIVE_COLOURS}
