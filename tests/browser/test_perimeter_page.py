"""The real server: a page elsewhere gets nothing of it, and neither it nor its pages ask anybody else anything."""

import os
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from .conftest import Server, settle, start_server

PAGES = ("data", "train", "explore", "triage", "thresholds", "compare", "runs", "help")
_LISTENER = """
import os, sys
def _note(event, args):
    if event == "socket.connect":
        place = args[1]
        said = str(place[0] if isinstance(place, tuple) else place)
        if not said.startswith(("127.", "::1", "localhost", "/")):
            _write(said)
    elif event == "socket.getaddrinfo" and args[0] not in (None, "", "localhost", "127.0.0.1", "::1", "0.0.0.0", "::"):
        _write(str(args[0]))
def _write(said):
    with open(os.environ["ASKED"], "a") as file:
        file.write(said + "\\n")
sys.addaudithook(_note)
"""


def test_the_product_asks_nobody_else_anything(browser: Any, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(_LISTENER)
    asked = tmp_path / "asked.txt"
    path = os.pathsep.join([str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])])
    environment = {"PYTHONPATH": path, "ASKED": str(asked), "ANOMALENS_HOSTS": "known.example"}
    with start_server(tmp_path / "home", tmp_path / "log", **environment) as server:
        page = browser.new_page()
        requested: list[str] = []
        page.on("request", lambda request: requested.append(request.url))
        for name in PAGES:
            page.goto(f"{server.url}/{name}")
            settle(page)
        page.close()
        # A socket's origin that it does not know is what Streamlit would look this machine's outside address up for.
        for origin in ("http://known.example", "http://rebound.example"):
            assert _socket_is_refused(server, origin)
    own = (server.url, server.url.replace("http", "ws"), "data:", "blob:")
    assert [url for url in requested if not url.startswith(own)] == []
    assert not asked.exists() or asked.read_text() == ""


@pytest.mark.parametrize(
    "path", ["", "data", "health", "_stcore/health", "exports/scores.csv?run=x", "help-pictures/x"]
)
def test_a_rebinding_name_and_a_page_on_another_port_are_refused_on_every_route(server: Server, path: str) -> None:
    own = server.url.removeprefix("http://")
    for headers in (
        {"Host": f"rebound.example:{own.rpartition(':')[2]}"},
        {"Origin": "http://localhost:1"},
        {"Origin": "null"},
    ):
        request = urllib.request.Request(f"{server.url}/{path}", headers=headers)
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(request, timeout=60)
        assert refused.value.code == 403
        assert "ANOMALENS_HOSTS" in refused.value.read().decode()


def test_the_pages_own_socket_is_open_to_no_other_page(server: Server) -> None:
    assert not _socket_is_refused(server, server.url)
    assert _socket_is_refused(server, "http://localhost:1")
    assert _socket_is_refused(server, "null")


def _socket_is_refused(server: Server, origin: str) -> bool:
    client = pytest.importorskip("websockets.sync.client", reason="websockets is not installed")
    from websockets.exceptions import InvalidStatus

    address = server.url.replace("http", "ws") + "/_stcore/stream"
    try:
        with client.connect(address, subprotocols=["streamlit"], origin=origin, open_timeout=60):
            return False
    except InvalidStatus as refused:
        return refused.response.status_code == 403
