"""Where the files of a run and links to it can be had, and what such an address says.

The server imports it before its first page, so that it imports little itself.
"""

import json
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode, urlsplit

from core.errors import ConfigError, DataError
from core.export.view import ReportView
from dashboard.state.address_values import read_json

if TYPE_CHECKING:
    from core.store.artifacts import Artifacts

_ADDRESS = "settings/address.json"


def download_url(name: str, run_id: str, view: ReportView, **more: str) -> str:
    """Where a file of a run can be had: ``report.html``, ``card.png``, ``bundle.zip`` and so on."""
    values = {key: value for key, value in view.to_dict().items() if value not in ("", None, {}, ())}
    query = {"run": run_id} | ({"view": json.dumps(values, separators=(",", ":"))} if values else {}) | more
    return f"{base()}/exports/{name}?{urlencode(query)}"


def shared_url(token: str) -> str:
    """The whole address of a link, as somebody elsewhere opens it."""
    return f"{public_address()}{base()}/shared/{quote(token)}"


def public_address() -> str:
    """The scheme and host that colleagues open: the operator's, else what was asked for, else the browser's."""
    import streamlit as st

    from core.settings import settings
    from dashboard.server import cache

    if given := settings().url or asked_address(cache.workspace().artifacts):
        return given.removesuffix(base()) if base() else given
    scheme, _, rest = str(st.context.url or "").partition("://")
    host = rest.split("/", 1)[0]
    return f"{scheme}://{host}" if host else ""


def asked_address(artifacts: "Artifacts") -> str:
    """The address that somebody has given for links; empty where nobody was asked."""
    if not artifacts.exists(_ADDRESS):
        return ""
    return str(artifacts.read_json(_ADDRESS).get("address", ""))


def keep_address(artifacts: "Artifacts", address: str) -> None:
    """Remember the address for all links to come.

    Raises
    ------
    ConfigError
        When it is none that a browser opens.
    """
    said = address.strip().rstrip("/")
    parts = urlsplit(said)
    if said and (parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment):
        raise ConfigError(
            f"An address begins with http:// or https:// and a name. Got {said!r}. Copy it from a browser."
        )
    artifacts.write_json(_ADDRESS, {"address": said})


def is_local(address: str) -> bool:
    """Whether an address means the machine that it is opened on, whichever that is."""
    name = (urlsplit(address).hostname or "localhost").rstrip(".")
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        found = ip_address(name)
    except ValueError:
        return False
    return found.is_loopback or found.is_unspecified


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
