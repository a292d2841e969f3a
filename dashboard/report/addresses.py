"""Where the files of a run and links to it can be had, and what such an address says.

The server imports it before its first page, so that it imports little itself.
"""

import json
from urllib.parse import quote, urlencode

from core.errors import DataError
from core.export.view import ReportView
from dashboard.state.address_values import read_json


def download_url(name: str, run_id: str, view: ReportView, **more: str) -> str:
    """Where a file of a run can be had: ``report.html``, ``card.png``, ``bundle.zip`` and so on."""
    values = {key: value for key, value in view.to_dict().items() if value not in ("", None, {}, ())}
    query = {"run": run_id} | ({"view": json.dumps(values, separators=(",", ":"))} if values else {}) | more
    return f"{base()}/exports/{name}?{urlencode(query)}"


def shared_url(token: str) -> str:
    """The whole address of a link, as somebody elsewhere opens it."""
    import streamlit as st

    here = str(st.context.url or "")
    scheme, _, rest = here.partition("://")
    host = rest.split("/", 1)[0]
    return f"{scheme}://{host}{base()}/shared/{quote(token)}" if host else f"{base()}/shared/{quote(token)}"


def view_of(text: str) -> ReportView:
    """The view of an address; the run's own where it names none.

    Raises
    ------
    DataError
        When it cannot be read: a report of another view than the one that was asked for would mislead.
    """
    if not text:
        return ReportView()
    values = read_json(text, "view")
    try:
        return ReportView.from_dict(values)
    except (ValueError, TypeError, LookupError, AttributeError, OverflowError):
        raise DataError("The view in this address is none that a page writes. Open the report from Explore.") from None


def base() -> str:
    """What stands before every path of this server."""
    from streamlit import config

    prefix = str(config.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{prefix}" if prefix else ""
