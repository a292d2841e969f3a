"""Who is answered by the server: its own names with their port, those of its operator, and nobody else."""

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import HTMLResponse, PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from dashboard.server.perimeter import CONTENT_POLICY, Perimeter

OWN = "http://localhost:8501"


async def _page(request: Any) -> HTMLResponse:
    return HTMLResponse("<p>a page</p>")


async def _own_policy(request: Any) -> PlainTextResponse:
    return PlainTextResponse("a report", headers={"Content-Security-Policy": "sandbox"})


async def _hello(socket: WebSocket) -> None:
    await socket.accept()
    await socket.close(1000)


APP = Starlette(
    routes=[Route("/", _page), Route("/own", _own_policy), WebSocketRoute("/stream", _hello)],
    middleware=[Middleware(Perimeter)],
)


def get(path: str = "/", **headers: str) -> httpx.Response:
    """The answer of a server on port 8501 of this machine."""

    async def ask() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(APP), base_url=OWN) as client:
            return await client.get(path, headers=headers)

    return asyncio.run(ask())


def socket_answers(origin: str) -> list[str]:
    """What a WebSocket is answered when a page of some origin opens it."""
    scope = {
        "type": "websocket",
        "scheme": "ws",
        "path": "/stream",
        "raw_path": b"/stream",
        "query_string": b"",
        "root_path": "",
        "server": ("127.0.0.1", 8501),
        "subprotocols": [],
        "headers": [(b"host", b"localhost:8501"), (b"origin", origin.encode())],
    }
    answers: list[str] = []

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        answers.append(message["type"])

    asyncio.run(APP(scope, receive, send))
    return answers


@pytest.fixture(autouse=True)
def no_operator(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ANOMALENS_HOSTS", raising=False)


@pytest.mark.parametrize("host", ["localhost:8501", "LOCALHOST:8501", "127.0.0.1:8501", "[::1]:8501"])
def test_the_machine_s_own_names_are_answered(host: str) -> None:
    assert get(Host=host).status_code == 200


@pytest.mark.parametrize(
    "host",
    ["rebound.example:8501", "localhost:8502", "localhost", "localhost:8501@rebound.example", "", "[::1", "a b:8501"],
)
def test_a_name_that_is_not_the_server_s_is_refused_in_a_sentence(host: str) -> None:
    answer = get(Host=host)
    assert answer.status_code == 403
    assert "ANOMALENS_HOSTS" in answer.text
    assert answer.headers["content-type"].startswith("text/plain")


@pytest.mark.parametrize("origin", ["http://localhost:3000", "null", "http://rebound.example", "http://", "file://"])
def test_a_page_of_another_origin_is_refused_on_every_route(origin: str) -> None:
    answer = get(Origin=origin)
    assert answer.status_code == 403
    assert origin in answer.text
    assert socket_answers(origin) == ["websocket.close"]


def test_the_server_s_own_pages_may_send_requests_and_open_the_socket() -> None:
    assert get(Origin=OWN).status_code == 200
    assert socket_answers(OWN) == ["websocket.accept", "websocket.close"]


def test_an_operator_s_names_are_answered_with_the_port_that_they_have(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANOMALENS_HOSTS", "anomalens.example.org, 10.0.0.7:9000")
    known = {"Host": "anomalens.example.org", "Origin": "https://anomalens.example.org"}
    assert get(**known).status_code == 200
    assert get(Host="10.0.0.7:9000").status_code == 200
    assert get(Host="10.0.0.7:8501").status_code == 403
    assert get(Host="anomalens.example.org:8080").status_code == 403
    monkeypatch.setenv("ANOMALENS_HOSTS", "*")
    assert get(Host="anything", Origin="http://elsewhere").status_code == 200


def test_every_answer_says_what_a_browser_may_do_and_a_route_s_own_word_comes_first() -> None:
    answer = get()
    assert answer.headers["content-security-policy"] == CONTENT_POLICY
    assert "frame-ancestors 'self'" in CONTENT_POLICY
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert get("/own").headers["content-security-policy"] == "sandbox"


def test_a_page_may_load_nothing_from_elsewhere() -> None:
    sources = {word for rule in CONTENT_POLICY.split("; ") for word in rule.split()[1:]}
    assert sources <= {"'self'", "'none'", "'unsafe-inline'", "'unsafe-eval'", "data:", "blob:"}


def test_the_server_listens_on_this_machine_alone_unless_told_otherwise() -> None:
    import tomllib

    path = Path(__file__).resolve().parents[1] / "dashboard" / ".streamlit" / "config.toml"
    said = tomllib.loads(path.read_text(encoding="utf-8"))
    assert said["server"]["address"] == "localhost"
    assert said["server"]["enableAgentApi"] is False
    assert said["browser"]["gatherUsageStats"] is False
