"""Whatever is damaged or missing of a run: routes and pages say it in a sentence, and the others go on."""

import asyncio
import re
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest
import streamlit as st
from run_fixture import WrittenRun, write_run
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Route
from streamlit.testing.v1 import AppTest

from core.errors import AnomalensError, DamagedError, MissingError, UnavailableError, UnknownNameError, failure
from core.store.files import checksums
from core.store.workspace import Workspace, open_workspace
from dashboard.explore.map import map_routes
from dashboard.server import exports, failures

ROOT = Path(__file__).resolve().parents[1]
WAYS = ("cut", "flipped", "deleted", "emptied")
ADDRESSES = (
    "/exports/scores.csv?run={}&columns=1",
    "/exports/report.html?run={}",
    "/exports/report.html?run={}&how=open",
    "/exports/card.svg?run={}",
    "/exports/scores.parquet?run={}&how=columns",
    "/exports/verdicts.csv?run={}",
    "/exports/verdicts.parquet?run={}",
    "/exports/bundle.zip?run={}",
    "/map/points?run={}&map=principal",
    "/map/colours?run={}&map=principal&by=score",
    "/map/point?run={}&map=principal&row=3",
)
PAGES = ("explore", "triage", "thresholds", "compare", "runs", "train", "data")


@pytest.fixture
def space(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv("ANOMALENS_HOME", str(tmp_path / "home"))
    st.cache_resource.clear()
    return open_workspace()


@pytest.fixture
def client(space: Workspace) -> httpx.AsyncClient:
    app = Starlette(routes=[*exports.routes(), *map_routes.routes()], middleware=[Middleware(failures.Failures)])
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=True)
    return httpx.AsyncClient(transport=transport, base_url="http://localhost")


def damage(space: Workspace, path: str, way: str) -> None:
    """Harm a stored file as a disk does, and nothing else."""
    file = Path(space.artifacts._full(path))
    content = bytearray(file.read_bytes())
    if way == "deleted":
        file.unlink()
        return
    content[len(content) // 2] ^= 16
    file.write_bytes({"cut": content[: len(content) // 2], "flipped": content, "emptied": b""}[way])


def files(space: Workspace, run: WrittenRun) -> list[str]:
    return [*space.artifacts.list(f"runs/{run.run_id}"), *space.artifacts.list(f"datasets/{run.dataset_id}")]


def plain_again(words: str) -> str:
    return words.replace("\\", "")


def asked(client: httpx.AsyncClient, run: WrittenRun) -> dict[str, httpx.Response]:
    async def every() -> dict[str, httpx.Response]:
        return {address: await client.get(address.format(run.run_id)) for address in ADDRESSES}

    return asyncio.run(every())


@pytest.mark.parametrize("summed", [True, False], ids=["with checksums", "of an earlier version"])
def test_no_route_breaks_over_a_damaged_file(space: Workspace, client: httpx.AsyncClient, summed: bool):
    run = write_run(space, 120)
    before = asked(client, run)
    for path in files(space, run):
        file = Path(space.artifacts._full(path))
        whole, sums = file.read_bytes(), Path(space.artifacts._full(checksums.sum_path(path)))
        known = sums.read_bytes() if sums.exists() else None
        for way in WAYS if summed else WAYS[:2]:
            damage(space, path, way)
            if not summed:
                sums.unlink(missing_ok=True)
            st.cache_resource.clear()
            for address, answer in asked(client, run).items():
                assert answer.status_code < 500 or answer.status_code == 503, (path, way, address)
                if answer.status_code != 200 and before[address].status_code == 200:
                    assert re.search(r"[.?!]\s*$", answer.text) or "<html" in answer.text, (path, way, address)
                    if summed and way != "deleted":
                        assert Path(path).name in answer.text, (path, way, address)
            file.write_bytes(whole)
            if known is not None:
                sums.write_bytes(known)


@pytest.mark.parametrize("name", ["scores.parquet", "explanations.parquet", "latent.parquet", "data"])
def test_no_page_breaks_over_a_damaged_file_and_the_rest_of_explore_goes_on(space: Workspace, name: str):
    run = write_run(space, 120)
    path = next(path for path in files(space, run) if Path(path).name.startswith(name))
    damage(space, path, "flipped")
    for page in PAGES if name == "data" else ("explore",):
        at = AppTest.from_file(str(ROOT / "dashboard" / "main.py"), default_timeout=240).run()
        at.switch_page(f"../pages/{page}.py")
        at.query_params["run"] = run.run_id
        at.run()
        said = [error.value for error in at.exception]
        # The test's own runner has no handler of errors; the app hands what it raises to this one.
        assert all(re.search(r"storage is damaged", words) for words in said), (page, said)
        if page == "explore" and name != "scores.parquet":
            assert any("Flagged rows" in header.value for header in at.header), "the other panels are there"
            noted = [*said, *(shown.value for kind in (at.error, at.warning, at.caption) for shown in kind)]
            assert any("damaged" in words and path in plain_again(words) for words in noted), noted


def test_a_run_that_the_store_cannot_read_does_not_take_the_others_with_it(space: Workspace):
    good, other, third = (write_run(space, 60, name=name) for name in ("Good", "Other", "Third"))
    with space.store._write() as connection:
        for run, recipe in ((other, '{"model": "dense", "training": {"epochs": -4}}'), (third, '{"model": "den')):
            connection.execute(
                text("UPDATE runs SET recipe = :recipe WHERE id = :id"), {"recipe": recipe, "id": run.run_id}
            )
    found = {run.id: run for run in space.store.runs()}
    assert not found[good.run_id].problem
    for run in (other, third):
        assert found[run.run_id].state == "failed"
        assert "cannot be read" in found[run.run_id].reason
    at = AppTest.from_file(str(ROOT / "dashboard" / "main.py"), default_timeout=240).run()
    at.switch_page("../pages/runs.py").run()
    assert not at.exception
    for run in (other, third):
        space.delete_run(run.run_id)
    assert [run.id for run in space.store.runs()] == [good.run_id]


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        (DamagedError("The file runs/x/a is damaged.", "runs/x/a"), 422, "runs/x/a is damaged"),
        (MissingError("There is no file runs/x/a.", "runs/x/a"), 410, "no file"),
        (UnknownNameError("There is no run called 'x'."), 404, "no run"),
        (UnavailableError("A newer Anomalens has written it."), 503, "newer"),
        (OperationalError("SELECT", {}, Exception("database is locked")), 503, "busy"),
        (OSError(28, "No space left on device"), 507, "Free some space"),
        (FileNotFoundError(2, "No such file or directory", "/x/a.csv"), 410, "/x/a.csv"),
        (MemoryError(), 503, "memory"),
        (KeyError("x"), None, ""),
    ],
)
def test_errors_have_a_sentence_and_a_status_in_one_place(error: Exception, status: int | None, words: str):
    said = failure(error)
    assert (said.status if said else None) == status
    assert words in (said.sentence if said else "")


def test_a_mistake_of_the_program_is_no_sentence(space: Workspace):
    async def broken(request: object) -> None:
        raise KeyError("x")

    app = Starlette(routes=[Route("/", broken)], middleware=[Middleware(failures.Failures)])

    async def ask() -> None:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as own:
            await own.get("/")

    with pytest.raises(KeyError):
        asyncio.run(ask())
    assert not failures.show(KeyError("x"))


def test_what_a_part_of_a_page_cannot_read_stands_in_its_place(monkeypatch: pytest.MonkeyPatch):
    said: list[str] = []
    monkeypatch.setattr(failures, "st", SimpleNamespace(error=lambda words, icon: said.append(words)))
    with failures.in_place():
        raise AnomalensError("It is <b>gone</b>.")
    assert said == [r"It is \<b\>gone\</b\>\."]
    with pytest.raises(KeyError), failures.in_place():
        raise KeyError("x")


def test_what_can_be_made_again_is_offered_beside_the_sentence(monkeypatch: pytest.MonkeyPatch):
    offered: list[str] = []
    shown = SimpleNamespace(
        error=lambda words, icon: None, button=lambda label, **more: offered.append(more["args"][0])
    )
    monkeypatch.setattr(failures, "st", shown)
    for path in ("runs/x/scores.parquet", "datasets/d/data.parquet", "runs/x/model.safetensors"):
        with failures.in_place():
            raise DamagedError("It is damaged.", path)
    assert offered == ["runs/x/scores.parquet", "datasets/d/data.parquet"]
