"""Uploads and exports of one address are limited; everything else, and everybody else, is answered as before."""

import asyncio

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from dashboard.server import rates


async def _answer(request) -> PlainTextResponse:
    return PlainTextResponse("here it is")


def statuses(path: str, times: int, *, addresses: tuple[str, ...] = ("10.0.0.1",)) -> list[httpx.Response]:
    """The answers to so many requests of each address."""
    app = Starlette(routes=[Route("/{rest:path}", _answer)], middleware=[Middleware(rates.Rates, clock=lambda: 1000.0)])

    async def ask() -> list[httpx.Response]:
        answers = []
        for address in addresses:
            transport = httpx.ASGITransport(app, client=(address, 1))
            async with httpx.AsyncClient(transport=transport, base_url="http://app.example") as client:
                answers += [await client.get(path) for _ in range(times)]
        return answers

    return asyncio.run(ask())


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """A limit that is soon reached; the clock of these tests stands still, so that nothing is refilled."""
    monkeypatch.setattr(rates, "LIMITS", {"/exports/": rates.Rate(3, "exports")})


def test_who_asks_too_often_is_told_when_to_come_back() -> None:
    answers = statuses("/exports/report.html", 5)
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
    assert answers[-1].headers["retry-after"] == "20"
    assert answers[-1].json()["error"] == "Too many exports from this address. Try again in 20 s."


def test_others_are_answered_and_pages_are_not_counted() -> None:
    answers = statuses("/exports/report.html", 3, addresses=("10.0.0.1", "10.0.0.2"))
    assert {answer.status_code for answer in answers} == {200}
    assert {answer.status_code for answer in statuses("/data", 9)} == {200}


def test_addresses_that_are_remembered_are_few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rates, "_MOST_ADDRESSES", 2)
    limit = rates.Rates(Starlette())
    for k in range(9):
        limit._take("/exports/", f"10.0.0.{k}")
    assert len(limit._left) == 2
