"""Figures drawn before, cached for all sessions: a page that is drawn again shows most of them unchanged."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import streamlit as st

from dashboard import theme

if TYPE_CHECKING:
    import plotly.graph_objects as go


def cached_figure(what: tuple[Any, ...], draw: "Callable[[], go.Figure]") -> "go.Figure":
    """A figure, drawn only where it was not yet; read only for its callers.

    Parameters
    ----------
    what
        All that decides how it looks, as plain values: the figure's kind, the run, the score, the threshold. The theme
        is added here.
    draw
        Draws it.
    """
    return _cached((*what, theme.is_dark()), draw)


@st.cache_resource(show_spinner=False, max_entries=128)
def _cached(what: tuple[Any, ...], _draw: "Callable[[], go.Figure]") -> "go.Figure":
    return _draw()
