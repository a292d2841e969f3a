"""When each row was: by the column of the time, by another date, by a number, by the rows' order, or not at all."""

import numpy as np
import pandas as pd
import pytest

from core.index.dates import to_seconds
from core.index.row_times import RowTimes, row_times, time_of_text, time_text
from core.index.schema import infer_schema
from core.index.table import Table

N = 50


def table_of(tmp_path, **columns: object) -> Table:
    frame = pd.DataFrame({"value": np.linspace(0, 1, N), **columns})
    frame.to_parquet(tmp_path / "data.parquet", index=False)
    return Table(tmp_path / "data.parquet")


@pytest.mark.parametrize("stored", ["moments", "text", "epoch"])
def test_a_date_is_read_as_the_networks_read_it_however_it_is_stored(tmp_path, stored):
    when = pd.Series(pd.date_range("2026-01-05", periods=N, freq="90s").as_unit("us"))
    when[7] = pd.NaT
    values = {
        "moments": when,
        "text": when.dt.strftime("%d.%m.%Y %H:%M:%S"),
        "epoch": pd.Series(when.to_numpy().astype("int64") // 1_000_000).where(when.notna()).astype("Int64"),
    }[stored]
    table = table_of(tmp_path, logged=values)
    schema = infer_schema(table)
    found = row_times(table, schema, ordered=False)
    assert found is not None
    assert (found.kind, found.column) == ("time", "logged")
    assert np.array_equal(found.values, to_seconds(when, ""), equal_nan=True)
    read = to_seconds(table.frame(["logged"])["logged"], schema.column("logged").unit)
    assert np.array_equal(found.values, read, equal_nan=True)


def test_without_a_date_the_order_of_the_rows_counts_where_it_is_that_of_time(tmp_path):
    table = table_of(tmp_path)
    schema = infer_schema(table)
    assert row_times(table, schema, ordered=False) is None
    found = row_times(table, schema, ordered=True)
    assert found is not None
    assert (found.kind, found.values.tolist()) == ("order", list(range(N)))


def test_the_role_of_time_goes_before_other_dates(tmp_path):
    dates = pd.date_range("2026-01-05", periods=N, freq="h").as_unit("us")
    table = table_of(tmp_path, born=dates, logged=dates[::-1])
    schema = infer_schema(table).with_columns({"born": {"role": "feature"}}).with_column("logged", role="time")
    found = row_times(table, schema, ordered=True)
    assert found is not None
    assert found.column == "logged"


@pytest.mark.parametrize(
    ("kind", "ends", "words"),
    [
        ("order", (100.0, 1200.0), "Rows 100 to 1,199"),
        ("number", (0.5, 2.0), "when from 0.5 to below 2"),
        ("time", (1_767_571_200.0, 1_767_657_600.0), "when from 2026-01-05 to before 2026-01-06"),
        ("time", (1_767_574_800.0, 1_767_657_600.0), "when from 2026-01-05 01:00 to before 2026-01-06 00:00"),
    ],
)
def test_a_stretch_of_time_is_said_in_words_and_comes_back_from_the_address(kind, ends, words):
    values = np.array([ends[0] - 0.25, ends[0], ends[1] - 0.25, ends[1], np.nan])
    told = RowTimes(kind, "when", values)
    assert told.words(*ends) == words
    assert told.between(*ends).tolist() == [1, 2]
    assert tuple(time_of_text(kind, time_text(kind, end)) for end in ends) == ends
    assert np.isnan(time_of_text(kind, "nonsense"))
