"""The map on the Explore page: what it can be coloured by, how it is asked for, and what its routes answer."""

import asyncio
import json
import struct
from pathlib import Path

import httpx
import numpy as np
import pandas as pd
import pytest
from run_fixture import HOSTILE, WrittenRun, write_run
from starlette.applications import Starlette
from streamlit.testing.v1 import AppTest

from core.jobs.derived import request
from core.jobs.derived.map import DerivedMap
from core.jobs.derived.status import status, write_progress
from core.projections.map_points import MapPoints
from core.projections.request import FILE, MapRequest, folder_of
from core.results.finished_run import FinishedRun
from core.store.workspace import Workspace, open_workspace
from dashboard.format import plain

MAIN = Path(__file__).resolve().parents[1] / "dashboard" / "main.py"
UMAP = MapRequest.from_text("umap:neighbours:7")


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("map")


@pytest.fixture
def workspace(home, monkeypatch) -> Workspace:
    import streamlit as st

    monkeypatch.setenv("ANOMALENS_HOME", str(home))
    st.cache_resource.clear()
    return open_workspace()


@pytest.fixture(scope="module")
def run(home) -> WrittenRun:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ANOMALENS_HOME", str(home))
        return write_run(open_workspace(), 800)


@pytest.fixture
def learnt(workspace, run) -> np.ndarray:
    """A flat UMAP of half of the rows, as a worker leaves it."""
    rows = np.arange(0, 800, 2)
    places = np.random.default_rng(0).normal(size=(400, 2)).astype(np.float32)
    placed = MapPoints.build(rows, places, 800, {"learnt": 300})
    workspace.artifacts.write_bytes(f"{folder_of(run.run_id, UMAP)}/{FILE}", placed.to_bytes())
    yield rows
    workspace.artifacts.delete(f"runs/{run.run_id}/projections")


def page(**query: str) -> AppTest:
    at = AppTest.from_file(str(MAIN), default_timeout=240).run()
    at.switch_page("../pages/explore.py")
    for name, value in query.items():
        at.query_params[name] = value
    at.run()
    assert not at.exception, at.exception
    return at


def told_map(run: WrittenRun, **query: str) -> dict:
    """What the map is told at an address."""
    from dashboard.explore.map import latent_panel

    kept: dict = {}
    original = latent_panel.words
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(latent_panel, "words", lambda *a: kept.update(original(*a)) or kept)
        page(run=run.run_id, **query)
    return kept


def get(url: str) -> httpx.Response:
    """An answer of the routes."""
    from dashboard.explore.map import map_routes

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app=Starlette(routes=map_routes.routes()))
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.get(url)

    return asyncio.run(ask())


def test_the_own_map_has_every_row_and_the_address_marks_one(workspace, run):
    words = told_map(run, row="17")
    assert words["subtitle"] == "all rows"
    assert words["axes"][0] == "First principal component of the code"
    order = np.argsort(-run.scores, kind="stable")[::-1]
    assert order[words["marked"]] == 17


def test_a_map_that_is_not_there_is_offered_with_its_settings_and_asked_for(workspace, run, monkeypatch):
    from dashboard.server import derived

    asked = []
    monkeypatch.setattr(derived, "begin", lambda *a: asked.append(a))
    at = page(run=run.run_id, projection="umap")
    assert at.button(key="explore_map_form_ask_umap").label == "Compute UMAP"
    at.number_input(key="explore_map_form.umap.neighbours").set_value(30)
    at.button(key="explore_map_form_ask_umap").click().run()
    assert asked == [(run.run_id, DerivedMap(MapRequest.of("umap", {"neighbours": 30})))]
    assert at.query_params["projection"] == "umap:neighbours:30"


def test_a_map_under_way_shows_how_far_it_is_and_can_be_cancelled_and_a_failure_why(workspace, run):
    artifacts, wanted = workspace.artifacts, DerivedMap(UMAP)
    request.ask(artifacts, run.run_id, wanted)
    write_progress(artifacts, run.run_id, wanted, share=0.7)
    assert "70% done" in str(page(run=run.run_id, projection=UMAP.text).get("progress")[0].proto.text)
    at = page(run=run.run_id, projection=UMAP.text)
    at.button(key="explore_map_cancel").click().run()
    assert status(artifacts, run.run_id, wanted).cancelled
    at = page(run=run.run_id, projection=UMAP.text)
    assert at.button(key="explore_map_form_ask_umap").label == "Compute UMAP"
    request.ask(artifacts, run.run_id, wanted)
    write_progress(artifacts, run.run_id, wanted, problem="Too few rows <b>here</b>.")
    at = page(run=run.run_id, projection=UMAP.text)
    assert plain("Too few rows <b>here</b>.") in at.warning[0].value
    assert at.button(key="explore_map_form_ask_umap").label == "Try again"
    artifacts.delete(wanted.folder(run.run_id))


def test_a_learnt_map_is_selected_in_by_its_own_places(workspace, run, learnt):
    from dashboard.explore import selection, shared_run
    from dashboard.state import page_url

    words = told_map(run, projection=UMAP.text)
    assert words["subtitle"] == "400 of 800 rows, learnt from 300"
    assert words["axes"] == ["UMAP 1", "UMAP 2"]
    query = {"projection": UMAP.text, "area": "0,0;9,0;9,9;0,9"}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(page_url, "param", lambda name, default="": query.get(name, default))
        opened = shared_run.open_run(workspace.store.run(run.run_id), "")
        chosen = selection.row_filter(opened, selection.current(opened))
    placed = MapPoints.read(workspace.artifacts.local(f"{folder_of(run.run_id, UMAP)}/{FILE}"))
    wanted = (placed.along(0) > 0) & (placed.along(1) > 0)
    assert np.array_equal(chosen.rows, placed.row[wanted])
    assert 50 < len(chosen.rows) < 150


def test_a_report_selects_in_the_map_that_the_area_was_drawn_in(workspace, run, learnt):
    from core.export.context import ReportContext
    from core.export.selection import row_filter
    from core.export.view import ReportView

    view = ReportView.from_dict(ReportView(area=((0, 0), (9, 0), (9, 9), (0, 9)), projection=UMAP.text).to_dict())
    found = row_filter(ReportContext(FinishedRun.open(workspace, run.run_id), view)).rows
    placed = MapPoints.read(workspace.artifacts.local(f"{folder_of(run.run_id, UMAP)}/{FILE}"))
    assert np.array_equal(found, placed.row[(placed.along(0) > 0) & (placed.along(1) > 0)])


def test_the_map_in_three_dimensions_asks_for_one_of_its_own(workspace, run, learnt):
    at = page(run=run.run_id, projection=UMAP.text, map="3d", colour="score")
    assert at.button(key="explore_map_form_ask_umap")
    page(run=run.run_id, map="3d", colour=f"column:{HOSTILE}")


def test_it_is_coloured_by_what_the_run_has_and_by_each_column(workspace, run):
    from dashboard.explore import shared_run
    from dashboard.explore.map import map_colours
    from dashboard.state import page_url

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(page_url, "param", lambda name, default="": default)
        found = map_colours.choices(shared_run.open_run(workspace.store.run(run.run_id), ""))
    assert list(found)[:3] == ["class", "score", "flagged"]
    assert "verdict" not in found
    assert {"column:bytes", f"column:{HOSTILE}", "column:service", "column:attack"} <= set(found)
    workspace.store.add_verdicts(run.dataset_id, [_verdict(workspace, run, 3)])
    words = told_map(run, colour="verdict")
    assert "colour=verdict" in words["urls"]["colours"]
    assert told_map(run, colour="flagged")["urls"]["colours"] is None
    assert "colour=class" in told_map(run, colour="column:nothing")["urls"]["colours"]


def _verdict(workspace: Workspace, run: WrittenRun, row: int) -> dict:
    from core.triage.identity import contents
    from dashboard.server import cache

    content = contents(cache.table(run.dataset_id), [row])[row]
    return {"row": row, "content": content, "verdict": "anomaly", "author": "Ann", "run_id": run.run_id}


def colours(url: str) -> tuple[dict, np.ndarray]:
    content = get(url).content
    (length,) = struct.unpack_from("<I", content)
    return json.loads(content[4 : 4 + length]), np.frombuffer(content, np.uint8, offset=4 + length)


def test_colours_come_by_point_and_never_as_values(workspace, run):
    order = np.argsort(-run.scores, kind="stable")[::-1]
    base = f"/map/colours?run={run.run_id}"
    told, step = colours(f"{base}&colour=column:service")
    names = np.array([name for name, *_ in told["levels"]])
    assert list(names[step]) == list(run.frame["service"].iloc[order])
    told, step = colours(f"{base}&colour=column:bytes")
    values = run.frame["bytes"].to_numpy()[order]
    assert told["kind"] == "scale"
    assert (np.diff(step[np.argsort(values, kind="stable")].astype(int)) >= 0).all()
    told, step = colours(f"{base}&colour=class")
    assert [tuple(level[:2]) for level in told["levels"]] == [("Normal", "normal"), ("Anomaly", "anomaly")]
    assert list(step) == list(run.labels[order])
    told, step = colours(f"{base}&colour=uncertainty")
    assert told["missing"] == 800


def test_families_have_a_colour_each_with_their_names(workspace, run):
    from core.explain.families.grouping import Family
    from core.explain.families.names import name_family
    from core.explain.families.stored import Families, folder_of, write_families

    rows = np.argsort(-run.scores, kind="stable")[:20]
    member = np.repeat([*range(1, 10), 0], 2)
    told = tuple(Family(k, 2, 0.1, int(rows[member == k][0]), (), "Odd.", 1.0, 0, 0) for k in [*range(1, 10), 0])
    empty = np.full((20, 1), "", dtype=object)
    found = Families(told, run.threshold, ("test",), 20, rows, member, empty, np.zeros((20, 1)))
    write_families(workspace.artifacts, folder_of(run.run_id, "", run.threshold, ("test",)), found)
    name_family(FinishedRun.open(workspace, run.run_id), found, 2, HOSTILE)
    words = told_map(run, colour="family")
    told, step = colours(words["urls"]["colours"])
    names = [(name, role, points) for name, role, points in told["levels"]]
    assert names[:2] == [("Family 1", "", 2), (HOSTILE, "", 2)]
    assert names[8:] == [
        ("Other families", "others", 2), ("Odd for a reason of their own", "alone", 2), ("In no family", "rest", 780),
    ]  # fmt: skip
    order = np.argsort(-run.scores, kind="stable")[::-1]
    assert set(order[step == 1]) == set(rows[member == 2])


def test_verdicts_have_a_colour_each(workspace, run):
    workspace.store.add_verdicts(run.dataset_id, [_verdict(workspace, run, 5)])
    told, step = colours(told_map(run, colour="verdict")["urls"]["colours"])
    order = np.argsort(-run.scores, kind="stable")[::-1]
    assert told["levels"][0][:2] == ["Anomaly", "anomaly"]
    assert 5 in order[step == 0]
    assert told["levels"][-1][:2] == ["Not judged", "rest"]


def test_the_routes_tell_points_and_refuse_what_is_not_there(workspace, run):
    order = np.argsort(-run.scores, kind="stable")[::-1]
    answer = get(f"/map/point?run={run.run_id}&point=799").json()
    assert answer == {"row": int(order[799]), "score": run.scores.max(), "label": int(run.labels[order[799]])}
    assert get(f"/map/below?run={run.run_id}&threshold=0.1").json() == {"below": int((run.scores <= 0.1).sum())}
    assert len(get(f"/map/points?run={run.run_id}").content) > 4 * 800
    for wrong in (
        "point?run=gone&point=1", f"point?run={run.run_id}&point=800", f"point?run={run.run_id}&point=x",
        f"below?run={run.run_id}&threshold=x", f"points?run={run.run_id}&map=umap", f"nothing?run={run.run_id}",
        f"points?run={run.run_id}&score=../x", f"colours?run={run.run_id}&colour=nonsense",
        f"colours?run={run.run_id}&colour=column:nothing", f"colours?run={run.run_id}&colour=family&threshold=x",
    ):  # fmt: skip
        answer = get(f"/map/{wrong}")
        assert answer.status_code == 404, wrong
        assert answer.text.endswith("."), answer.text


def test_an_old_run_of_many_rows_is_offered_a_place_for_each(workspace, run, monkeypatch):
    from dashboard.server import derived

    path = f"runs/{run.run_id}/latent.parquet"
    kept = workspace.artifacts.read_bytes(path)
    some = pd.read_parquet(workspace.artifacts.local(path)).iloc[:100]
    asked = []
    monkeypatch.setattr(derived, "begin", lambda *a: asked.append(a))
    try:
        workspace.artifacts.write_bytes(path, some.to_parquet())
        at = page(run=run.run_id)
        at.button(key="explore_map_all").click().run()
        assert asked == [(run.run_id, DerivedMap(MapRequest.of("pca", {})))]
    finally:
        workspace.artifacts.write_bytes(path, kept)
