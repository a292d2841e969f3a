"""Text and colours that the figures share: what a class is called, and user content that stays text."""

from typing import TYPE_CHECKING

from dashboard import theme

if TYPE_CHECKING:
    import plotly.graph_objects as go

CLASS_NAMES = {"normal": "Normal", "anomaly": "Anomaly", "unknown": "Without label"}
LABEL_NAMES = {0: "Normal", 1: "Anomaly", -1: "Without label"}


def safe(text: object, most: int = 60) -> str:
    """User content for a figure: Plotly reads ``<b>`` and ``&lt;`` in titles, labels and hovers as HTML."""
    plain = " ".join(str(text).split())
    short = plain if len(plain) <= most else plain[: most - 1] + "…"
    return short.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def faded(colour: str, opacity: float) -> str:
    """A colour of the theme (``#rrggbb``) that lets what is behind it shine through."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity:g})"


def fixed_margins(figure: "go.Figure", *, left: int, bottom: int = 52) -> "go.Figure":
    """Give a figure that is redrawn on every move of the threshold margins of its own; returns the same figure.

    Plotly measures labels and lays the figure out a second time otherwise, a third of its time.
    """
    figure.layout.margin.update(l=left, b=bottom)
    figure.layout.xaxis.automargin = figure.layout.yaxis.automargin = False
    return figure


def class_colour(name: str, *, labelled: bool) -> str:
    """A class's colour; rows of a run without any labels are not "unknown" but simply the rows."""
    return theme.palette().accent if name == "unknown" and not labelled else theme.class_colour(name)
