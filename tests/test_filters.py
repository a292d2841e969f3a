"""Filters of columns: what may be asked, what is said where it makes no sense, and the very rows that pandas finds."""

import numpy as np
import pandas as pd
import pytest

from core.errors import DataError
from core.index.filters import Condition, condition, operators, rows_where
from core.index.schema import Schema, infer_schema
from core.index.table import Table

N = 400


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    rng = np.random.default_rng(3)
    moments = pd.Timestamp("2026-01-05") + pd.to_timedelta(rng.permutation(N), unit="h")
    return pd.DataFrame(
        {
            "service": rng.choice(["http", "smtp", "it's; DROP", None], N),
            "duration": np.where(rng.random(N) < 0.1, np.nan, rng.gamma(2, 3, N)),
            "port": rng.choice([22, 80, 443], N),
            'odd "name"': rng.normal(size=N),
            "when": moments,
            "day": moments.strftime("%d.%m.%Y %H:%M"),
            "comment": [f"note {i} of {'Night' if i % 7 == 0 else 'day'}" for i in range(N)],
        }
    )


@pytest.fixture(scope="module")
def table(frame: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Table:
    path = tmp_path_factory.mktemp("filters") / "data.parquet"
    frame.to_parquet(path, index=False)
    return Table(path)


@pytest.fixture(scope="module")
def schema(table: Table) -> Schema:
    return infer_schema(table)


def kept(frame: pd.DataFrame, said: list) -> np.ndarray:
    """What pandas says of a condition."""
    name, operator, *values = said
    column = frame[name]
    if operator in ("is", "not"):
        found = column.astype("str").where(column.notna()).isin(values)
        return (found if operator == "is" else ~found).to_numpy()
    if operator == "contains":
        return column.str.lower().str.contains(values[0].lower(), regex=False).to_numpy()
    if operator in ("missing", "present"):
        return (column.isna() == (operator == "missing")).to_numpy()
    if name in ("when", "day"):
        column = frame["when"]
        values = [None if end is None else pd.Timestamp(end) for end in values]
    low, high = values
    whole = pd.Series(True, index=column.index)
    return ((column >= low if low is not None else whole) & (column <= high if high is not None else whole)).to_numpy()


@pytest.mark.parametrize(
    "said",
    [
        ["service", "is", "http"],
        ["service", "is", "it's; DROP", "smtp"],
        ["service", "not", "http", "smtp"],
        ["service", "missing"],
        ["service", "present"],
        ["duration", "between", 2, 5.5],
        ["duration", "between", None, 3],
        ["duration", "missing"],
        ["port", "is", "80", "443"],
        ["port", "between", 80, 80],
        ['odd "name"', "between", -0.5, None],
        ["when", "between", "2026-01-07", "2026-01-09T12:00"],
        ["day", "between", "2026-01-07T05:00:00", None],
        ["comment", "contains", "of nIGHT"],
    ],
)
def test_a_condition_finds_the_rows_that_pandas_finds(frame, table, schema, said):
    found = rows_where(table, schema, [condition(said, schema)])
    assert found.tolist() == np.flatnonzero(kept(frame, said)).tolist()
    assert 0 < len(found) < N


def test_several_conditions_hold_together_and_none_is_every_row(frame, table, schema):
    asked = [["service", "is", "http"], ["duration", "between", 2, None], ["when", "between", "2026-01-06", None]]
    every = np.logical_and.reduce([kept(frame, said) for said in asked])
    found = rows_where(table, schema, [condition(said, schema) for said in asked])
    assert found.tolist() == np.flatnonzero(every).tolist()
    assert len(rows_where(table, schema, [])) == N


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (["nothing", "is", "x"], "There is no column 'nothing'"),
        (["service", "like", "x"], "Choose one of them"),
        (["service", "is"], "needs at least one value"),
        (["service", "is", "  ", None], "needs at least one value"),
        (["comment", "contains", ""], "needs a part of its text"),
        (["duration", "between", 5, 2], "must not be above the upper one. Got 5 and 2. Swap them"),
        (["duration", "between", "many", 2], "needs numbers. Got 'many'"),
        (["duration", "between", "nan", 2], "needs numbers"),
        (["duration", "between", None, ""], "needs a lower or an upper end"),
        (["duration", "between", 1], "has two ends"),
        (["service", "between", 1, 2], "has no range"),
        (["when", "between", "yesterday", None], "A moment is written 2026-01-05"),
        (["service", "is", *map(str, range(60))], "Choose fewer"),
        ("service is http", "must name a column"),
        ([1, 2, 3], "must name a column"),
    ],
)
def test_a_condition_that_makes_no_sense_is_said_in_a_sentence(schema, said, words):
    with pytest.raises(DataError, match=words):
        condition(said, schema)


def test_a_condition_comes_back_from_plain_values_and_is_said_in_words(schema):
    said = ["duration", "between", 2.0, None]
    assert condition(said, schema).to_list() == said
    words = {
        "duration at least 2": said,
        "duration from 1,000 to 2,000.5": ["duration", "between", 1000, 2000.5],
        "duration is 3": ["duration", "between", "3", 3],
        "service is not a, b, c and 2 more": ["service", "not", *"abcde"],
        "service is missing": ["service", "missing"],
        "when at most 2026-01-07 05:00": ["when", "between", None, "2026-01-07T05:00"],
    }
    assert [condition(one, schema).words for one in words.values()] == list(words)


def test_every_column_can_be_asked_something_that_fits_its_values(schema, table):
    asked = {column.name: operators(column) for column in schema.columns}
    assert asked["duration"] == ("between", "missing", "present")
    assert asked["when"] == asked["day"] == ("between",)
    assert asked["comment"][0] == "contains"
    assert asked["service"] == ("is", "not", "missing", "present")
    assert "is" in asked["port"]


def test_a_column_that_is_gone_is_said(schema, table):
    with pytest.raises(DataError, match="no column 'gone' any more"):
        rows_where(table, schema, [Condition("gone", "missing")])
