"""The drop zone for one file: sent to our own route with a progress bar, whatever its size."""

from typing import Any

import streamlit as st

from core.modalities import MODALITIES
from core.settings import settings
from dashboard import theme
from dashboard.server import uploads


def uploader(key: str, title: str, *, small: bool = False) -> uploads.Upload | None:
    """Draw a drop zone; the file that has arrived in it, until :func:`clear` is called.

    Parameters
    ----------
    key
        Unique on the page.
    title
        What to drop here.
    small
        Draw it as something optional.
    """
    place = _place(key)
    arrived = uploads.received(st.session_state.get(place, ""))
    limit_mb = settings().upload_limit_mb

    def take() -> None:
        uploaded = st.session_state[key].get("uploaded") or {}
        st.session_state[place] = str(uploaded.get("token", ""))

    _component()(
        key=key,
        data={
            "title": title,
            "hint": _hint(limit_mb),
            "small": small,
            "limit": limit_mb << 20,
            "limit_words": uploads.limit_sentence(limit_mb),
            "url": uploads.url(),
            "ticket": _ticket(),
            # Text and numbers only: a nested value would make Streamlit import pandas before the first page is out.
            "arrived_name": arrived.name if arrived else "",
            "arrived_size": arrived.size if arrived else 0,
            "reset": st.session_state.get(f"{place}:round", 0),
        },
        on_uploaded_change=take,
    )
    return arrived


def clear(key: str) -> None:
    """Make the drop zone empty again; the file itself stays where it is."""
    place = _place(key)
    st.session_state.pop(place, None)
    st.session_state[f"{place}:round"] = st.session_state.get(f"{place}:round", 0) + 1


def _place(key: str) -> str:
    return f"arrived:{key}"


def _hint(limit_mb: int) -> str:
    formats = (
        "CSV, Excel, OpenDocument, Parquet, Arrow, JSON, NumPy, MATLAB, HDF5, ARFF, SAS, Stata, SPSS, SQLite, DuckDB, "
        "HTML; also compressed (gz, bz2, zst, xz, zip, tar)"
    )
    others = [kind.title.lower() for _, kind in MODALITIES.items() if not kind.reads_columns]
    formats += f"; {', '.join(others)}" if others else ""
    return f"{formats}. Up to {uploads.limit_sentence(limit_mb)}."


def _ticket() -> str:
    ticket = str(st.session_state.get("upload_ticket", ""))
    if not uploads.ticket_is_valid(ticket):
        ticket = uploads.issue_ticket()
        st.session_state["upload_ticket"] = ticket
    return ticket


@st.cache_resource(show_spinner=False)
def _component() -> Any:
    html, css, js = ((theme.ASSETS / f"uploader.{kind}").read_text(encoding="utf-8") for kind in ("html", "css", "js"))
    return st.components.v2.component("anomalens_uploader", html=html, css=css, js=js)
