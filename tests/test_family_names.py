"""Names of families: kept with the run by the family's typical row, and shown wherever the family is."""

import math
from dataclasses import replace

import numpy as np
import pytest
from run_fixture import HOSTILE, WrittenRun, write_run

from core.errors import DataError
from core.explain.explanation import FeatureReason
from core.explain.families.grouping import Family, Top
from core.explain.families.names import name_family, names_of, read_names, title_of, titles_of
from core.explain.families.reason import reason_words
from core.explain.families.stored import Families, folder_of, write_families
from core.export.report import report_html
from core.results.finished_run import FinishedRun
from core.settings import settings
from core.store.workspace import Workspace, open_workspace


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    home = tmp_path_factory.mktemp("names")
    place = replace(settings(), home=home, database_url=f"sqlite:///{home}/runs.db", storage=str(home / "storage"))
    return open_workspace(place)


@pytest.fixture
def written(workspace: Workspace) -> WrittenRun:
    return write_run(workspace, 400)


def grouped(rows: list[int], members: list[int], typical: dict[int, int], threshold: float = 1.0) -> Families:
    family = np.array(members)
    told = tuple(
        Family(n, int((family == n).sum()), 0.5, typical[n], (Top("bytes", 1.0),), "Odd.", 1.0, 0, 0)
        for n in sorted(typical, key=lambda n: n or 99)
    )
    feature = np.full((len(rows), 1), "bytes", dtype=object)
    return Families(told, threshold, ("test",), len(rows), np.array(rows), family, feature, np.ones((len(rows), 1)))


def test_a_name_stays_with_the_typical_row_when_the_rows_are_grouped_anew(workspace, written):
    run = FinishedRun.open(workspace, written.run_id)
    first = grouped([9, 8, 7, 6, 5], [1, 1, 2, 2, 0], {1: 8, 2: 7, 0: 5})
    name_family(run, first, 1, "  SYN \n flood ")
    name_family(run, first, 2, "Port scan")
    assert names_of(first, read_names(run)) == {1: "SYN flood", 2: "Port scan"}
    # Numbers change with the threshold; the families that hold the rows have the names.
    other = grouped([9, 8, 7], [2, 2, 1], {1: 7, 2: 9})
    assert names_of(other, read_names(run)) == {1: "Port scan", 2: "SYN flood"}
    # Two families that became one have one name, and the own one of its typical row goes first.
    whole = grouped([9, 8, 7], [1, 1, 1], {1: 7})
    assert names_of(whole, read_names(run)) == {1: "Port scan"}
    name_family(run, whole, 1, "Floods")
    assert read_names(run) == {7: "Floods"}
    name_family(run, other, 1, " ")
    assert read_names(run) == {}


@pytest.mark.parametrize("number", [0, 3])
def test_what_is_no_family_cannot_be_named(workspace, written, number):
    found = grouped([9, 8, 5], [1, 2, 0], {1: 9, 2: 8, 0: 5})
    with pytest.raises(DataError, match=f"no family {number} to be named. Choose one of 1, 2"):
        name_family(FinishedRun.open(workspace, written.run_id), found, number, "x")


def reason(feature: str, actual: float, expected: float, text: str = "x", kind: str = "number") -> FeatureReason:
    return FeatureReason(feature, kind, text, "", "", actual, expected, math.nan, math.nan, math.nan, 0.0, "")


@pytest.mark.parametrize(
    ("shares", "words"),
    [
        ({"latency_ms": 0.9, "cpu": 0.1}, "latency_ms high"),
        ({"latency_ms": 0.5, "cpu": 0.4}, "latency_ms high, cpu low"),
        ({"service": 1.0}, "service smtp"),
        ({"age": 0.8}, "age missing"),
        ({}, ""),
    ],
)
def test_a_family_that_nobody_named_is_called_by_what_its_rows_have_in_common(shares, words):
    nan = math.nan
    told = [
        reason("latency_ms", 290, 32),
        reason("cpu", 1, 5),
        reason("service", nan, nan, "smtp", "category"),
        reason("age", nan, 4, ""),
    ]
    assert reason_words(told, shares) == words


def test_equal_reasons_are_counted_and_names_go_first():
    families = grouped([9, 8, 7, 6], [1, 2, 3, 0], {1: 9, 2: 8, 3: 7, 0: 6})
    told = tuple(replace(one, reason="bytes high" if one.number else "") for one in families.families)
    families = replace(families, families=told)
    assert titles_of(families, {2: "Flood"}) == {1: "bytes high", 2: "Flood", 3: "bytes high · 2"}


def test_a_family_is_called_by_its_name_or_its_number():
    assert [title_of(n, {2: "SYN flood"}) for n in (1, 2, 0)] == ["Family 1", "SYN flood", "Others"]


def test_reports_call_families_by_their_names_which_stay_text(workspace, written):
    judged = written.scores[written.parts == "test"] > written.threshold
    rows = np.flatnonzero(written.parts == "test")[judged]
    rows = rows[np.argsort(-written.scores[rows], kind="stable")].tolist()
    members = [1 if i % 2 else 2 for i in range(len(rows))]
    found = replace(grouped(rows, members, {1: rows[1], 2: rows[0]}), threshold=written.threshold)
    write_families(workspace.artifacts, folder_of(written.run_id, "", written.threshold, ("test",)), found)
    name_family(FinishedRun.open(workspace, written.run_id), found, 2, HOSTILE)
    page = report_html(FinishedRun.open(workspace, written.run_id))
    escaped = HOSTILE.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert f"<h3>{escaped}<span>" in page
    assert f'data-called="{escaped}"' in page
    assert f"<td>{escaped}</td>" in page
    assert "<h3>Family 1<span>" in page
    assert "<img" not in page
