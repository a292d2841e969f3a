"""A list of names with their values, one pair a line."""

from collections.abc import Iterable
from html import escape

import streamlit as st


def facts(pairs: Iterable[tuple[str, str]], *, numbers: bool = False) -> None:
    """Draw pairs of a name and a value; pairs without a value are left out.

    Parameters
    ----------
    pairs
        Name and value; both are shown as they are.
    numbers
        Put the values to the right, digit below digit.
    """
    lines = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in pairs if value)
    st.html(f'<dl class="facts{" numbers" if numbers else ""}">{lines}</dl>')
