"""Colours, figure templates and styles, light and dark.

The colours of widgets stand in ``.streamlit/config.toml``; those of figures here, in step with them. Those of normal
rows and of anomalies are a pair that people with any colour vision tell apart (blue against orange, and different in
lightness).
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

if TYPE_CHECKING:
    import plotly.graph_objects as go

ASSETS = Path(__file__).resolve().parents[1] / "assets"
FONT = '"Source Sans", "Source Sans 3", "Source Sans Pro", system-ui, sans-serif'


@dataclass(frozen=True)
class Palette:
    """The colours of one theme."""

    normal: str
    anomaly: str
    unknown: str
    accent: str
    threshold: str
    """The line that separates normal from flagged."""
    background: str
    surface: str
    text: str
    muted: str
    grid: str
    series: tuple[str, ...]
    """For lines that are neither normal nor anomalous, in their order."""
    sequential: tuple[str, ...]
    """From little to much."""
    diverging: tuple[str, ...]
    """From negative over nothing to positive."""
    categories: tuple[str, ...]
    """For up to nine levels of a category, told apart with any colour vision (Tol, 2021)."""
    rest: str
    """For points that a colouring says nothing of: seen, and behind all others."""


LIGHT = Palette(
    normal="#2f6db3",
    anomaly="#d1590a",
    unknown="#8794a3",
    accent="#0b7269",
    threshold="#18222d",
    background="#ffffff",
    surface="#f3f5f7",
    text="#18222d",
    muted="#566473",
    grid="#e6eaee",
    series=("#0b7269", "#8a5fb4", "#8c7a1e", "#b8417e", "#2f6db3", "#d1590a", "#5d6b7a"),
    sequential=("#f1f6f6", "#c4dedb", "#8dc1bb", "#4f9f97", "#0b7269", "#064740"),
    diverging=("#2f6db3", "#9fc0e2", "#f5f6f7", "#f2b98f", "#d1590a"),
    categories=(
        "#332288",
        "#cc6677",
        "#117733",
        "#88ccee",
        "#882255",
        "#ddaa33",
        "#44aa99",
        "#999933",
        "#aa4499",
    ),
    rest="#c3cad2",
)
DARK = Palette(
    normal="#7fb2ec",
    anomaly="#ff9a4d",
    unknown="#8594a5",
    accent="#4fc9bb",
    threshold="#f2f5f8",
    background="#10161d",
    surface="#1a232d",
    text="#e4eaf0",
    muted="#9fadbb",
    grid="#27323d",
    series=("#4fc9bb", "#c3a2ea", "#d8c25a", "#ee86b7", "#7fb2ec", "#ff9a4d", "#9aa8b7"),
    sequential=("#16222a", "#17403f", "#1a625d", "#2a8d84", "#4fc9bb", "#b5f0e8"),
    diverging=("#7fb2ec", "#3f5e80", "#1e2832", "#855a37", "#ff9a4d"),
    categories=(
        "#77aadd",
        "#ee8866",
        "#44bb99",
        "#eedd88",
        "#ffaabb",
        "#aaaa00",
        "#99ddff",
        "#bbcc33",
        "#dddddd",
    ),
    rest="#43505e",
)


def is_dark() -> bool:
    """Whether this browser shows the dark theme."""
    return st.context.theme.type == "dark"


def palette() -> Palette:
    """The colours of the theme that this browser shows."""
    return DARK if is_dark() else LIGHT


def class_colour(name: str) -> str:
    """The colour of "normal", "anomaly" or "unknown" (or of the label 0, 1 or -1)."""
    colours = palette()
    known = {"normal": colours.normal, "0": colours.normal, "anomaly": colours.anomaly, "1": colours.anomaly}
    return known.get(str(name), colours.unknown)


def figure_layout(fig: "go.Figure", title: str, subtitle: str = "", *, height: int = 340) -> "go.Figure":
    """Give a figure our look, a title and a line below it; returns the same figure."""
    colours = palette()
    head: dict[str, Any] = {"text": title}
    if subtitle:
        head["subtitle"] = {"text": subtitle}
    fig.update_layout(template=_template(colours), title=head, height=height, margin_t=72 if subtitle else 52)
    return fig


@cache
def _template(colours: Palette) -> "go.layout.Template":
    import plotly.graph_objects as go

    axis = {
        "gridcolor": colours.grid,
        "linecolor": colours.grid,
        "zerolinecolor": colours.grid,
        "tickcolor": colours.grid,
        "ticks": "",
        "automargin": True,
        "title": {"font": {"size": 13, "color": colours.muted}, "standoff": 8},
        "tickfont": {"size": 12, "color": colours.muted},
    }
    scene_axis = {
        "backgroundcolor": colours.background,
        "gridcolor": colours.grid,
        "zerolinecolor": colours.grid,
        "tickfont": {"size": 11, "color": colours.muted},
        "title": {"font": {"size": 12, "color": colours.muted}},
    }
    return go.layout.Template(
        layout={
            "font": {"family": FONT, "size": 13, "color": colours.text},
            "title": {
                "x": 0,
                "xref": "container",
                "xanchor": "left",
                "y": 1,
                "yref": "container",
                "yanchor": "top",
                "pad": {"t": 14, "l": 6},
                "font": {"size": 15, "color": colours.text, "weight": 600},
                "subtitle": {"font": {"size": 13, "color": colours.muted}},
            },
            # Solid, not transparent: a downloaded picture must be readable on any page.
            "paper_bgcolor": colours.background,
            "plot_bgcolor": colours.background,
            "colorway": list(colours.series),
            "colorscale": {
                "sequential": scale(colours.sequential),
                "diverging": scale(colours.diverging),
            },
            "margin": {"l": 8, "r": 16, "b": 8, "t": 52, "pad": 2},
            "xaxis": axis,
            "yaxis": axis,
            "scene": {"xaxis": scene_axis, "yaxis": scene_axis, "zaxis": scene_axis},
            "legend": {
                "traceorder": "normal",
                "orientation": "h",
                "x": 1,
                "xref": "container",
                "xanchor": "right",
                # Beside the title, above a subtitle of any length.
                "y": 0.985,
                "yref": "container",
                "yanchor": "top",
                "font": {"size": 12, "color": colours.text},
                "title": {"text": ""},
            },
            "hoverlabel": {
                "font": {"family": FONT, "size": 13},
                "bgcolor": colours.surface,
                "bordercolor": colours.grid,
            },
            "bargap": 0.02,
            "modebar": {"bgcolor": "rgba(0,0,0,0)", "color": colours.muted, "activecolor": colours.accent},
        }
    )


def scale(colours: tuple[str, ...]) -> list[tuple[float, str]]:
    """Colours as a Plotly colour scale, evenly spaced."""
    return [(i / (len(colours) - 1), colour) for i, colour in enumerate(colours)]


def styles() -> None:
    """Put our styles on the page."""
    st.html(ASSETS / "styles.css")
    # Popovers, dialogs and menus hang on the body, to which Streamlit tells nothing of the theme.
    st.html(f"<style>body {{ color-scheme: {'dark' if is_dark() else 'light'}; }}</style>")


def logo() -> None:
    """Put the logo above the navigation and the icon on the browser's tab."""
    icon = str(ASSETS / "icon.svg")
    st.logo(str(ASSETS / ("logo_dark.svg" if is_dark() else "logo.svg")), size="large", icon_image=icon)
    st.set_page_config(page_icon=icon)
