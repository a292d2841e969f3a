"""Scores as CSV: complete, in order, bounded, and harmless in a spreadsheet."""

import csv
import io
import types
from typing import Any

import numpy as np
import pandas as pd
import pytest
from run_fixture import FORMULA, HOSTILE, WrittenRun, write_run

from core.index.table import Table
from core.results.export import BOM, safe_cell, scores_csv
from core.results.finished_run import FinishedRun
from core.results.rows import RunRows
from core.store.workspace import Workspace, open_workspace


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    from dataclasses import replace

    from core.settings import settings

    home = tmp_path_factory.mktemp("exports")
    place = replace(settings(), home=home, database_url=f"sqlite:///{home}/runs.db", storage=str(home / "storage"))
    return open_workspace(place)


@pytest.fixture(scope="module")
def written(workspace: Workspace) -> WrittenRun:
    return write_run(workspace, 500)


def read(lines: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(lines.removeprefix(BOM), newline="")))


@pytest.mark.parametrize(
    "cell",
    ["=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1+1", "=", "-", "+a", "\uff1dcmd", "-2 rows", "\t"],
)
def test_a_cell_that_would_run_gets_an_apostrophe(cell):
    assert safe_cell(cell) == "'" + cell


@pytest.mark.parametrize("cell", ["-12.5", "+3", "-1e-7", "-.5", "-3,5", "a=b", "", "x", "'=1", "3-4", "http"])
def test_plain_numbers_and_plain_words_stay_as_they_are(cell):
    assert safe_cell(cell) == cell


@pytest.mark.parametrize("value", [-12.5, 0, None, True])
def test_what_is_no_text_stays_what_it_is(value):
    assert safe_cell(value) is value


def test_every_row_is_there_in_order_with_its_decision(workspace, written):
    rows = FinishedRun.open(workspace, written.run_id).rows
    found = pd.read_csv(io.StringIO("".join(scores_csv(rows, 0.2, piece=64))))
    assert list(found.columns) == ["row", "part", "label", "score", "flagged"]
    assert np.array_equal(found["row"], np.arange(500))
    assert np.allclose(found["score"], written.scores)
    assert list(found["part"]) == list(written.parts)
    assert np.array_equal(found["label"], written.labels)
    assert np.array_equal(found["flagged"] == 1, written.scores > 0.2)


def test_an_unknown_label_is_an_empty_cell(workspace):
    unlabelled = write_run(workspace, 60, labels=False)
    lines = read("".join(scores_csv(FinishedRun.open(workspace, unlabelled.run_id).rows, 0.2)))
    assert {line["label"] for line in lines} == {""}


def test_the_users_columns_stand_beside_the_scores_and_run_nothing(workspace, written):
    dataset = workspace.store.dataset(written.dataset_id)
    table = Table.open(dataset, workspace.artifacts)
    text = "".join(scores_csv(FinishedRun.open(workspace, written.run_id).rows, 0.2, table, piece=100))
    assert text.startswith(BOM)
    assert text.count(BOM) == 1
    lines = read(text)
    assert len(lines) == 500
    assert {line["comment"] for line in lines} == {"'" + FORMULA, "fine"}
    assert [float(line["balance"]) for line in lines] == pytest.approx(written.frame["balance"].tolist())
    assert HOSTILE in lines[0]


def test_a_column_named_like_ours_keeps_its_values_under_another_name(tmp_path):
    frame = pd.DataFrame({"score": ["=1", "b"], "=evil": [1, 2]})
    frame.to_parquet(tmp_path / "data.parquet")
    scores = pd.DataFrame({"row": [0, 1], "part": "test", "label": [0, 1], "score": [0.1, 0.9]})
    scores["label"] = scores["label"].astype("int8")
    scores["uncertainty"] = [0.01, 0.02]
    scores.to_parquet(tmp_path / "scores.parquet")
    lines = read("".join(scores_csv(RunRows(tmp_path / "scores.parquet"), 0.5, Table(tmp_path / "data.parquet"))))
    assert [line["score (data)"] for line in lines] == ["'=1", "b"]
    assert [line["score"] for line in lines] == ["0.1", "0.9"]
    assert [line["uncertainty"] for line in lines] == ["0.01", "0.02"]
    assert "'=evil" in lines[0]


def test_the_lines_come_in_pieces_and_nothing_is_read_ahead(workspace, written):
    lines = scores_csv(FinishedRun.open(workspace, written.run_id).rows, 0.2, piece=50)
    assert isinstance(lines, types.GeneratorType)
    assert next(lines).count("\r\n") == 51
    assert next(lines).count("\r\n") == 50


def get(url: str) -> Any:
    """The answer of our routes alone."""
    import asyncio

    import httpx
    from starlette.applications import Starlette

    from dashboard.server import exports

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app=Starlette(routes=exports.routes()))
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.get(url)

    return asyncio.run(ask())


def test_the_route_sends_a_file_or_a_sentence(workspace, written, monkeypatch):
    from dashboard.server import cache, exports

    monkeypatch.setattr(cache, "workspace", lambda: workspace)
    answer = get(exports.scores_url(written.run_id, 0.25))
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert "scores-Planted.csv" in answer.headers["content-disposition"]
    assert sum(int(line["flagged"]) for line in read(answer.text)) == int((written.scores > 0.25).sum())
    wide = get(exports.scores_url(written.run_id, 0.25, columns=True))
    assert "balance" in read(wide.text)[0]
    missing = get(exports.scores_url("nothing", 0.25))
    assert missing.status_code == 404
    assert "There is no run called 'nothing'" in missing.text
