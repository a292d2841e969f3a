"""Sharing from the dashboard: files by address, links that are made and revoked, and a panel whose words are kept."""

import asyncio
import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import httpx
import numpy as np
import pandas as pd
import pytest
from run_fixture import HOSTILE, WrittenRun, write_run
from starlette.applications import Starlette
from test_explore_page import page

from core.errors import DataError
from core.export import pictures
from core.export.context import ReportContext
from core.export.links import links, make_link, opened, revoke
from core.export.text import ReportText, read_text, write_text
from core.export.view import ReportView
from core.jobs.derived.families import DerivedFamilies
from core.results.finished_run import FinishedRun
from core.settings import settings
from core.store.workspace import Workspace, open_workspace
from dashboard.report import shared
from dashboard.report.addresses import asked_address, download_url, view_of
from dashboard.server import cache, derived, exports

EIGHTY = {"rule": "percentile", "settings": {"percentile": 80.0}}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    home = tmp_path_factory.mktemp("sharing")
    return open_workspace(
        replace(settings(), home=home, database_url=f"sqlite:///{home}/r.db", storage=str(home / "s"))
    )


@pytest.fixture(scope="module")
def written(place: Workspace) -> WrittenRun:
    return write_run(place, 700, name="Fraud & co", explained=20)


@pytest.fixture(autouse=True)
def served(monkeypatch, place):
    monkeypatch.setattr(cache, "workspace", lambda: place)
    shared.forget()


def context(place: Workspace, written: WrittenRun, **view: Any) -> ReportContext:
    return ReportContext(FinishedRun.open(place, written.run_id), ReportView(**view))


def get(url: str) -> httpx.Response:
    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app=Starlette(routes=exports.routes()))
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.get(url)

    return asyncio.run(ask())


def test_a_report_comes_as_a_file_or_opens_shut_off_from_the_server(written):
    view = ReportView(**EIGHTY)
    file = get(download_url("report.html", written.run_id, view))
    assert "attachment" in file.headers["content-disposition"]
    assert "report-Fraud-co.html" in file.headers["content-disposition"]
    assert "set by the rule Percentile 80" in file.text
    there = get(download_url("report.html", written.run_id, view, how="open"))
    assert "content-disposition" not in there.headers
    assert "sandbox allow-scripts" in there.headers["content-security-policy"]
    assert "allow-same-origin" not in there.headers["content-security-policy"]


@pytest.mark.parametrize("columns", [False, True])
def test_scores_come_as_parquet_with_their_decision(written, columns):
    more = {"how": "columns"} if columns else {}
    found = pd.read_parquet(
        io.BytesIO(get(download_url("scores.parquet", written.run_id, ReportView(), **more)).content)
    )
    assert list(found.columns[:6]) == ["row", "part", "label", "score", "uncertainty", "flagged"]
    assert np.array_equal(found["row"], np.arange(700))
    assert np.array_equal(found["score"], written.scores)
    assert np.array_equal(found["flagged"], written.scores > written.threshold)
    assert np.array_equal(found["label"], written.labels)
    assert columns == (HOSTILE in found.columns)
    if columns:
        assert np.array_equal(found["balance"], written.frame["balance"])


def test_verdicts_are_in_the_report_and_come_as_files(place):
    from core.triage.recording import record

    judged = write_run(place, 400, name="Judged")
    seen = context(place, judged)
    top = seen.top(3)["row"].tolist()
    said = dict(zip(top, ("anomaly", "anomaly", "normal"), strict=True))
    record(seen.run, said, "Ada <b>", comment="=1+1 <i>", shown_by="score")
    text = get(download_url("report.html", judged.run_id, ReportView(), how="open")).text
    assert 'id="verdicts"' in text
    assert "66.7 % of the flagged rows that were judged are anomalies" in text
    assert "<td>=1+1 &lt;i&gt;</td>" in text
    assert "Ada &lt;b&gt;" in text
    csv = pd.read_csv(io.BytesIO(get(download_url("verdicts.csv", judged.run_id, ReportView())).content))
    parquet = pd.read_parquet(io.BytesIO(get(download_url("verdicts.parquet", judged.run_id, ReportView())).content))
    for found, comment in ((csv, "'=1+1 <i>"), (parquet, "=1+1 <i>")):
        assert dict(zip(found["row"], found["verdict"], strict=True)) == said
        assert set(found["comment"]) == {comment}


def test_a_file_that_cannot_be_made_is_a_sentence(written, monkeypatch):
    monkeypatch.setattr(pictures, "browser", lambda: None)
    for name in ("report.pdf", "report.png", "card.png"):
        answer = get(download_url(name, written.run_id, ReportView()))
        assert answer.status_code == 404
        assert "needs Chromium" in answer.text
    assert get(download_url("card.svg", written.run_id, ReportView())).text.startswith("<svg")
    assert "There is no run called" in get(download_url("report.html", "nothing", ReportView())).text
    shown = get(download_url("report.html", "<b>", ReportView(), how="open"))
    assert (shown.status_code, shown.headers["content-type"][:9]) == (404, "text/html")
    assert "There is no run called &#x27;&lt;b&gt;&#x27;" in shown.text
    assert get("/exports/passwords.txt?run=x").status_code == 404
    # The fixture's run has no networks to pack.
    assert "There is no file" in get(download_url("bundle.zip", written.run_id, ReportView())).text


BROKEN = [
    "{",
    "[]",
    "5",
    '{"zoom": 3}',
    '{"rule": "percentile", "settings": 7}',
    '{"second": NaN}',
    '{"second": 1e999}',
]
BROKEN += ["[" * 3000 + "]" * 3000, '{"a":' * 3000 + "1" + "}" * 3000, '{"score": "\\ud800"}', '"' + "x" * 30_000 + '"']


@pytest.mark.parametrize("said", BROKEN)
def test_a_broken_view_is_refused_in_a_sentence_and_none_is_the_runs_own(said):
    assert view_of("") == ReportView()
    with pytest.raises(DataError, match="view in this address"):
        view_of(said)


@pytest.mark.parametrize("said", BROKEN)
def test_an_address_that_nobody_could_have_been_given_is_answered_with_a_sentence(written, said):
    answer = get(f"/exports/report.html?run={written.run_id}&view={quote(said)}&how=open")
    assert answer.status_code == 404
    assert "view in this address" in answer.text


def test_a_frozen_link_shows_what_was_and_a_live_one_what_is_until_they_are_revoked(place, written):
    write_text(FinishedRun.open(place, written.run_id), ReportText(title="Before"))
    seen = context(place, written, **EIGHTY)
    frozen, first = make_link(seen, " The <b>fraud</b>\nteam ", live=False)
    live, second = make_link(seen, "", live=True)
    write_text(FinishedRun.open(place, written.run_id), ReportText(title="After"))
    assert frozen.name == "The <b>fraud</b> team"
    assert {link.id for link in links(FinishedRun.open(place, written.run_id))} == {frozen.id, live.id}
    was, now = get(f"/shared/{first}"), get(f"/shared/{second}")
    assert (was.status_code, now.status_code) == (200, 200)
    assert "<h1>Before</h1>" in was.text
    assert "<h1>After</h1>" in now.text
    assert all("set by the rule Percentile 80" in answer.text for answer in (was, now))
    assert all(answer.headers["cache-control"] == "no-store" for answer in (was, now))
    kept = b"".join(place.artifacts.read_bytes(name) for name in place.artifacts.list())
    assert first.encode() not in kept
    assert second.encode() not in kept
    for link in (frozen, live):
        revoke(place.artifacts, link)
    shared.forget()
    for token in (first, second, "nothing", "../../x", "x" * 5000):
        answer = get(f"/shared/{token}")
        assert answer.status_code == 404
    assert "was revoked, or never made" in get(f"/shared/{first}").text
    assert links(FinishedRun.open(place, written.run_id)) == []
    write_text(FinishedRun.open(place, written.run_id), ReportText())


def test_a_link_ends_when_its_time_is_over(place, written):
    made = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
    link, token = make_link(context(place, written), "", live=False, days=7, now=made)
    assert [one.expires for one in links(FinishedRun.open(place, written.run_id))] == ["2026-11-30T09:30:00+00:00"]
    assert opened(place, token, made + timedelta(days=7, seconds=-1))
    with pytest.raises(DataError, match="ended on 30 November 2026 at 09:30 UTC"):
        opened(place, token, made + timedelta(days=7))
    assert (link.expired(made), link.expired(made + timedelta(days=7))) == (False, True)
    forever, other = make_link(context(place, written), "", live=True, now=made)
    assert not forever.expired(made + timedelta(days=4000))
    assert opened(place, other, made + timedelta(days=4000))
    # What was made before links could end has no word about it.
    old = f"runs/{written.run_id}/shares/{forever.id}/link.json"
    told = place.artifacts.read_json(old)
    del told["expires"]
    place.artifacts.write_json(old, told)
    assert opened(place, other)
    for one in (link, forever):
        revoke(place.artifacts, one)


def test_a_deleted_run_takes_its_links_along(place):
    other = write_run(place, 200, explained=0)
    _, token = make_link(context(place, other), "", live=False)
    assert opened(place, token)
    place.delete_run(other.run_id)
    with pytest.raises(DataError, match="was deleted"):
        opened(place, token)


def test_the_panel_keeps_words_and_makes_and_revokes_links(place, written, monkeypatch):
    monkeypatch.setenv("ANOMALENS_HOME", str(place.settings.home))
    at = page(run=written.run_id, rule="percentile", threshold="80")
    at.button(key="share_open").click().run()
    assert not at.exception
    asked: list[Any] = []
    monkeypatch.setattr(derived, "begin", lambda *what: asked.append(what))
    at.button(key="share_group").click().run()
    assert asked == [(written.run_id, DerivedFamilies("", context(place, written, **EIGHTY).threshold, ("test",)))]
    at.button(key="share_open").click().run()
    area = next(area for area in at.text_area if area.label == "Summary")
    assert "An autoencoder learned from" in area.value
    title = next(field for field in at.text_input if field.label == "Title")
    title.input("Odd payments").run()
    assert read_text(FinishedRun.open(place, written.run_id)) == ReportText(title="Odd payments")
    at.button(key="share_open").click().run()
    assert at.selectbox(key="share_link_days").value == 30
    # A page without an address of its own, or with this machine's, leads a colleague nowhere: it is asked once.
    assert any("a colleague cannot open a link" in one.value for one in at.warning)
    address = next(field for field in at.text_input if field.label == "Address that a colleague opens")
    address.input("analytics").run()
    at.button(key="share_open").click().run()
    assert asked_address(place.artifacts) == ""
    address = next(field for field in at.text_input if field.label == "Address that a colleague opens")
    address.input("https://analytics.example.org/").run()
    at.button(key="share_open").click().run()
    assert not any("a colleague cannot open a link" in one.value for one in at.warning)
    at.selectbox(key="share_link_days").select(7)
    at.button(key="share_link_make").click().run()
    at.button(key="share_open").click().run()
    assert not at.exception
    link = links(FinishedRun.open(place, written.run_id))[0]
    assert datetime.fromisoformat(link.expires) - datetime.fromisoformat(link.made) == timedelta(days=7)
    assert link.view["rule"] == "percentile"
    assert link.view["settings"] == {"percentile": 80.0}
    told = next(code.value for code in at.code if "/shared/" in code.value)
    assert told.startswith("https://analytics.example.org/shared/")
    token = told.rpartition("/")[2]
    assert "<h1>Odd payments</h1>" in get(f"/shared/{token}").text
    at.button(key=f"share_revoke_{link.id[:12]}").click().run()
    assert links(FinishedRun.open(place, written.run_id)) == []
    assert get(f"/shared/{token}").status_code == 404
