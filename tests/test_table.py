import threading
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest
from table_fixture import make_table

from core.errors import DataError
from core.index.labels import read_labels
from core.index.schema import infer_schema
from core.index.table import Table


def rows_of(table, rows, columns=("a",)):
    return table.frame(list(columns), np.array(rows))["a"].tolist()


@pytest.fixture
def counted(tmp_path):
    """1,500 rows in two files; ``a`` is the row number."""
    main = pd.DataFrame({"a": range(1000), "b": "x"})
    test = pd.DataFrame({"b": "y", "a": range(1000, 1500)})
    return make_table(tmp_path, main, test, group=128)


def test_row_numbers_continue_in_the_second_file(counted):
    assert (counted.rows, counted.main_rows, counted.test_rows) == (1500, 1000, 500)
    assert counted.frame()["a"].tolist() == list(range(1500))
    assert rows_of(counted, [999, 1000]) == [999, 1000]


def test_rows_come_in_the_order_asked_with_repeats(counted):
    assert rows_of(counted, [1200, 3, 3, 900, 0]) == [1200, 3, 3, 900, 0]
    assert rows_of(counted, []) == []


def test_a_run_of_rows_across_both_files_comes_in_order(counted):
    assert rows_of(counted, list(range(950, 1050))) == list(range(950, 1050))


def test_columns_come_in_the_order_asked(counted):
    assert list(counted.frame(["b", "a"], np.array([5])).columns) == ["b", "a"]
    assert list(counted.frame(["b", "a"]).columns) == ["b", "a"]


def test_a_row_or_column_that_is_not_there_is_refused_in_a_sentence(counted):
    with pytest.raises(DataError, match=r"Row numbers run from 0 to 1499"):
        counted.frame(rows=np.array([1500]))
    with pytest.raises(DataError, match=r"There is no column 'z'. The columns are: 'a', 'b'"):
        counted.frame(["z"])


def test_a_second_file_without_a_column_is_refused(tmp_path):
    with pytest.raises(DataError, match=r"It lacks 'b'\. Add them"):
        make_table(tmp_path, pd.DataFrame({"a": [1], "b": [2]}), pd.DataFrame({"a": [1]}))


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(DataError, match=r"'gone\.parquet' of this dataset is missing"):
        Table(tmp_path / "gone.parquet")


def test_columns_of_other_types_are_read_as_the_five_that_are_known(tmp_path):
    file = tmp_path / "data.parquet"
    duckdb.connect().execute(
        f"""COPY (SELECT 1::DECIMAL(9, 2) AS price, TIME '01:00:00' AS clock, DATE '2024-01-02' AS day,
            TIMESTAMPTZ '2024-01-02 03:04:05+00' AS zoned, 5::HUGEINT AS huge, [1, 2] AS many, 'x'::BLOB AS raw,
            true AS flag, 'NaN'::DOUBLE AS hole, INTERVAL 2 SECOND AS lasted) TO '{file}' (FORMAT parquet)"""
    )
    table = Table(file)
    assert table.types == {
        "price": "float", "clock": "float", "day": "datetime", "zoned": "datetime", "huge": "float", "many": "text",
        "raw": "text", "flag": "boolean", "hole": "float", "lasted": "float",
    }  # fmt: skip
    row = table.frame().iloc[0]
    assert (row["price"], row["clock"], row["huge"], row["lasted"]) == (1.0, 3600.0, 5.0, 2.0)
    assert row["zoned"] == pd.Timestamp("2024-01-02 03:04:05")
    assert pd.isna(row["hole"])


def test_columns_whose_types_differ_between_the_files_are_read_without_loss(tmp_path):
    main = pd.DataFrame({"a": [1, 2], "b": [1, 2], "c": ["x", "y"]})
    test = pd.DataFrame({"a": [0.5], "b": ["many"], "c": [3]})
    frame = make_table(tmp_path, main, test).frame()
    assert frame["a"].tolist() == [1.0, 2.0, 0.5]
    assert frame["b"].tolist() == ["1", "2", "many"]
    assert frame["c"].tolist() == ["x", "y", "3"]


def test_names_with_quotes_spaces_and_other_scripts_are_read(tmp_path):
    frame = pd.DataFrame({'say "hi"': [1], "it's": [2], "a b": [3], "größe": [4], "select": [5], "日本": [6]})
    table = make_table(tmp_path, frame)
    assert table.frame(rows=np.array([0])).iloc[0].tolist() == [1, 2, 3, 4, 5, 6]
    assert len(infer_schema(table).columns) == 6


def test_labels_follow_the_schema(tmp_path):
    frame = pd.DataFrame({"x": range(6), "label": ["ok", "bad", None, "it's", " ok", "new"]})
    table = make_table(tmp_path, frame)
    schema = infer_schema(table).with_label("label", ["ok"]).with_labels({"new": "unknown"})
    assert read_labels(table, schema).tolist() == [0, 1, -1, 1, 0, -1]
    assert read_labels(table, schema).dtype == np.int8


@pytest.mark.parametrize("values", [[0, 1, 0], [0.0, 1.0, 0.0], [False, True, False], ["0", "1", "0"]])
def test_a_label_means_the_same_however_it_is_stored(tmp_path, values):
    table = make_table(tmp_path, pd.DataFrame({"x": [1.5, 2.5, 3.5], "label": values}))
    assert read_labels(table, infer_schema(table)).tolist() == [0, 1, 0]


def test_without_a_label_every_label_is_unknown(counted):
    assert set(read_labels(counted, infer_schema(counted)).tolist()) == {-1}


def test_the_second_file_can_be_the_anomalies(counted):
    labels = read_labels(counted, infer_schema(counted).with_test_as_anomaly())
    assert labels[:1000].sum() == 0
    assert labels[1000:].sum() == 500


def test_many_threads_read_one_table(counted):
    wrong: list[int] = []

    def read(seed: int) -> None:
        rows = np.random.default_rng(seed).integers(0, 1500, 50)
        if rows_of(counted, rows) != rows.tolist():
            wrong.append(seed)

    threads = [threading.Thread(target=read, args=(seed,)) for seed in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_an_empty_file_opens(tmp_path):
    table = make_table(tmp_path, pd.DataFrame({"a": pd.Series([], dtype=float), "b": pd.Series([], dtype=str)}))
    assert table.rows == 0
    assert table.frame().shape == (0, 2)
    assert {column.kind for column in infer_schema(table).columns} == {"constant"}


def test_sql_sees_the_rows_under_their_numbers(counted):
    found = counted.query("SELECT __row__ AS row FROM data WHERE a = ?", [1234])
    assert found["row"].tolist() == [1234]


def test_a_query_of_a_few_columns_plans_no_others(counted, monkeypatch):
    # Planning takes quadratic time in the width: the facts of 3,000 columns took a minute.
    assert counted.fetch("SELECT max(a) FROM data WHERE __row__ < 1200", columns=["a"]) == [(1199,)]
    with pytest.raises(duckdb.BinderException, match="b"):
        counted.fetch("SELECT max(b) FROM data", columns=["a"])
    narrow, fetch = [], Table.fetch
    monkeypatch.setattr(Table, "fetch", lambda *given, **named: narrow.append(bool(named)) or fetch(*given, **named))
    infer_schema(counted)
    assert narrow
    assert all(narrow)


def test_wide_tables_are_read_in_parts(tmp_path, monkeypatch):
    names = [f"c{place}" for place in range(11)]
    main = pd.DataFrame(np.arange(44.0).reshape(4, 11), columns=names)
    whole = make_table(tmp_path, main, main[::-1])
    rows = np.array([5, 0, 0, 3])
    expected = [whole.frame(), whole.frame(names[3:], rows), whole.frame(names[:2], np.arange(2, 6)), whole.frame([])]
    monkeypatch.setattr("core.index.table._AT_ONCE", 4)
    parts = [whole.frame(), whole.frame(names[3:], rows), whole.frame(names[:2], np.arange(2, 6)), whole.frame([])]
    for one, other in zip(parts, expected, strict=True):
        pd.testing.assert_frame_equal(one, other)
    assert parts[1]["c3"].tolist() == [25.0, 3.0, 3.0, 36.0]


def test_rows_of_a_wide_table_are_read_without_planning_all_its_columns(tmp_path, monkeypatch):
    monkeypatch.setattr("core.index.table._AT_ONCE", 4)
    planned, view = [], Table._view
    monkeypatch.setattr(Table, "_view", lambda table, names: planned.append(len(names)) or view(table, names))
    table = make_table(tmp_path, pd.DataFrame(np.arange(44.0).reshape(4, 11), columns=[f"c{i}" for i in range(11)]))
    assert table.frame(rows=np.array([2, 1]))["c0"].tolist() == [22.0, 11.0]
    assert max(planned) == 4
    assert table.numbers("c0 + c10").tolist() == [10.0, 32.0, 54.0, 76.0]


def test_the_dataset_of_a_workspace_opens(tmp_path):
    class Stored:
        def local(self, path: str) -> Path:
            return tmp_path / path

    class Dataset:
        id = "d1"
        test_rows = 2

    folder = tmp_path / "datasets" / "d1"
    folder.mkdir(parents=True)
    make_table(folder, pd.DataFrame({"a": [1, 2, 3]}), pd.DataFrame({"a": [4, 5]}))
    assert Table.open(Dataset(), Stored()).frame()["a"].tolist() == [1, 2, 3, 4, 5]
