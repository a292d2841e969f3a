"""From one or two files to a dataset in the workspace."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from core.errors import ConfigError, DataError
from core.index.labels import read_labels
from core.index.schema import Schema
from core.index.table import Table
from core.readers import ReadOptions
from core.readers.ingest import ingest, read_report
from core.recipe import Recipe
from core.store.records import Dataset
from core.store.workspace import Workspace, open_workspace

HEAD = "load,service,label\n"
MAIN = HEAD + "1,http,normal\n2,dns,normal\n3,http,attack\n4,dns,normal\n"


@pytest.fixture(scope="module")
def workspace() -> Workspace:
    return open_workspace()


class Files:
    """Writes files and ingests them."""

    def __init__(self, folder: Path, workspace: Workspace) -> None:
        self.folder = folder
        self.workspace = workspace

    def __call__(self, main: str, test: str | None = None, **options: Any) -> tuple[Dataset, Table, Schema]:
        (self.folder / "main.csv").write_text(main)
        second = None
        if test is not None:
            second = self.folder / "second.csv"
            second.write_text(test)
        place = self.workspace
        dataset = ingest(place.store, place.artifacts, self.folder / "main.csv", test=second, **options)
        return dataset, Table.open(dataset, place.artifacts), Schema.from_dict(dataset.schema)


@pytest.fixture
def files(tmp_path, workspace) -> Files:
    return Files(tmp_path, workspace)


def notes(dataset: Dataset) -> str:
    return " ".join(dataset.report["notes"])


def test_a_file_becomes_a_dataset(files, workspace):
    shares: list[float] = []
    dataset, table, schema = files(MAIN, name="traffic.2026.csv.gz", origin="s3://b/x", progress=shares.append)
    assert (dataset.name, dataset.source, dataset.rows, dataset.columns) == ("traffic.2026", "s3://b/x", 4, 3)
    assert schema.label == "label"
    assert read_labels(table, schema).tolist() == [0, 0, 1, 0]
    assert read_report(dataset).delimiter == ","
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert workspace.store.dataset(dataset.id) == dataset


def test_a_file_that_cannot_be_read_leaves_nothing_behind(tmp_path, monkeypatch):
    # A home of its own: in that of all tests, others may be reading something at the same time.
    monkeypatch.setenv("ANOMALENS_HOME", str(tmp_path / "home"))
    space = open_workspace()
    with pytest.raises(DataError):
        Files(tmp_path, space)("a,b\n")
    assert (space.store.datasets(), space.artifacts.list()) == ([], [])
    assert not list((space.settings.home / "reading").iterdir())
    space.store.close()


def test_the_second_file_may_have_its_columns_in_another_order_and_more_of_them(files):
    dataset, table, schema = files(MAIN, "label,extra,Service,load\nattack,1,http,7\nnormal,2,dns,8\n")
    assert (dataset.rows, dataset.test_rows) == (4, 2)
    assert table.frame(["load", "service"]).iloc[4].tolist() == [7, "http"]
    assert read_labels(table, schema).tolist() == [0, 0, 1, 0, 1, 0]
    assert "left out: 'extra'" in notes(dataset)
    assert "'Service' as 'service'" in notes(dataset)


def test_a_second_file_without_a_column_is_refused_by_name(files):
    with pytest.raises(DataError, match="lacks 'load', 'service'"):
        files(MAIN, "label,other\nnormal,1\n")


def test_a_second_file_without_the_label_is_unlabelled(files):
    dataset, table, schema = files(MAIN, "load,service\n7,http\n8,dns\n")
    assert read_labels(table, schema).tolist() == [0, 0, 1, 0, -1, -1]
    assert "count as unlabelled" in notes(dataset)


@pytest.mark.parametrize(("normal", "odd"), [("normal", "attack"), ("0", "1")])
def test_a_label_that_only_the_second_file_has_makes_the_first_file_normal(files, normal, odd):
    test = f"load,service,label\n7,http,{odd}\n8,dns,{normal}\n9,dns,{normal}\n"
    dataset, table, schema = files("load,service\n1,http\n2,dns\n", test)
    assert schema.label == "label"
    assert read_labels(table, schema).tolist() == [0, 0, 1, 0, 0]
    assert "count as normal" in notes(dataset)


@pytest.mark.parametrize(
    ("main", "test", "values"),
    [
        ("1\n2\n", "1.5\n2.5\n", [1.0, 2.0, 1.5, 2.5]),
        ("1\n2\n", "x\n3\n", ["1", "2", "x", "3"]),
        ("1.5\n2\n", "x\n3.25\n", ["1.5", "2", "x", "3.25"]),
        ("1\n2\n", "NA\nNA\n", [1, 2, None, None]),
        ("NA\nNA\n", "2020-01-01\n2020-01-02\n", [None, None, "2020-01-01", "2020-01-02"]),
        ("true\nfalse\n", "1\n0\n", [1, 0, 1, 0]),
    ],
)
def test_columns_of_different_types_become_the_wider_one(files, main, test, values):
    _, table, _ = files("k,x\n" + numbered(main), "k,x\n" + numbered(test))
    shown = table.frame(["x"])["x"].tolist()
    assert len(shown) == len(values)
    for got, wanted in zip(shown, values, strict=True):
        if wanted is None:
            assert pd.isna(got)
        else:
            assert got == wanted or str(got).startswith(str(wanted))


def numbered(column: str) -> str:
    return "".join(f"{place},{value}\n" for place, value in enumerate(column.splitlines()))


def test_two_files_without_a_header_are_read_alike(files):
    main = "1,http,SF\n2,dns,SF\n3,http,S0\n"
    dataset, table, _ = files(main, "http,http,SF\n5,dns,SF\n")
    assert dataset.test_rows == 2
    assert table.columns == ("column 1", "column 2", "column 3")


def test_a_second_file_without_a_header_takes_the_names_of_the_first(files):
    dataset, table, schema = files(MAIN, "7,http,attack\n8,dns,normal\n")
    assert read_labels(table, schema).tolist() == [0, 0, 1, 0, 1, 0]
    assert "in the order of the first file" in notes(dataset)


def test_background_and_signal_are_labelled_by_their_file(files):
    dataset, table, schema = files("m,pt\n1,2\n3,4\n5,6\n", "m,pt\n9,9\n8,8\n", second_is="anomalies")
    assert read_labels(table, schema).tolist() == [0, 0, 0, 1, 1]
    assert schema.label is None
    assert dataset.report["second_is"] == "anomalies"


def test_the_file_decides_even_where_a_column_looks_like_a_label(files):
    dataset, table, schema = files(MAIN, MAIN, second_is="anomalies")
    assert read_labels(table, schema).tolist() == [0] * 4 + [1] * 4
    assert schema.column("label").role == "ignored"
    assert "'label' looked like a label" in notes(dataset)


def test_a_second_file_is_a_test_set_or_anomalies(files):
    with pytest.raises(ConfigError, match="test or anomalies"):
        files(MAIN, MAIN, second_is="train")


def test_a_dataset_can_be_read_again_in_another_way_while_no_run_uses_it(files, workspace):
    text = "a;b\n1,234;x\n5,678;y\n"
    dataset, table, _ = files(text, text)
    assert table.frame(["a"])["a"].tolist() == [1.234, 5.678] * 2
    again, table, _ = files(text, options=ReadOptions(decimal=".", thousands=","), replaces=dataset.id)
    assert (again.id, again.test_rows, again.report["options"]["thousands"]) == (dataset.id, 0, ",")
    assert table.frame(["a"])["a"].tolist() == [1234.0, 5678.0]
    workspace.store.create_run(dataset.id, Recipe())
    with pytest.raises(DataError, match="while no run uses it"):
        files(text, replaces=dataset.id)
