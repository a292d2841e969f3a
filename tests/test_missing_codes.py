"""Codes for missing are pointed out where they lie apart from all other values, and nowhere else."""

import numpy as np
import pandas as pd
import pytest
from sklearn import datasets
from table_fixture import make_table

from core.index.hints.advice import advise
from core.index.hints.missing_codes import missing_codes
from core.index.schema import Schema, infer_schema
from core.index.table import Table
from core.notes.dataset import dataset_notes
from core.readers import ReadOptions, read_table

N = 1000
RNG = np.random.default_rng(0)


def opened(tmp_path, **columns) -> tuple[Table, Schema]:
    table = make_table(tmp_path, pd.DataFrame({"x": RNG.normal(size=N), **columns}))
    return table, infer_schema(table)


def coded(values, *codes):
    """The values with each code in a row of thirty."""
    values = np.asarray(values, dtype=float).copy()
    for place, code in enumerate(codes):
        values[place::30] = code
    return values


CODED = {
    "-200 among positive numbers": (RNG.random(N) * 900, -200),
    "-9999 far below all others": (RNG.normal(10, 8, N), -9999),
    "-1 among counts": (RNG.integers(0, 400, N), -1),
    "99 among small positive numbers": (RNG.integers(0, 11, N), 99),
    "98 and 99": (RNG.integers(0, 12, N), 98, 99),
    "999 among days": (RNG.integers(0, 30, N), 999),
    "-999.25 as in logs of wells": (RNG.normal(100, 30, N), -999.25),
}
HONEST = {
    "ages, 99 among them": RNG.integers(18, 100, N),
    "ages that are cut at 99": np.minimum(RNG.integers(18, 110, N), 99),
    "values that are cut at -1": np.clip(RNG.normal(0, 0.5, N), -1, 1),
    "three classes": RNG.choice([-1, 0, 1], N),
    "prices": np.floor(RNG.lognormal(3, 1, N)) + 0.99,
    "temperatures": RNG.normal(-5, 8, N).round(),
    "bytes that are cut": np.minimum(RNG.normal(200, 60, N).astype(int), 255),
    "differences": RNG.poisson(3, N) - RNG.poisson(3, N),
    "one far value, an anomaly": np.where(np.arange(N) == 7, 9999.0, RNG.random(N)),
    "heavy tails": (RNG.pareto(1, N) * 10).round(),
}


@pytest.mark.parametrize("name", CODED)
def test_a_code_is_pointed_out_with_its_rows(tmp_path, name):
    values, *codes = CODED[name]
    found = {code.word: code for code in missing_codes(*opened(tmp_path, a=coded(values, *codes)))}
    assert set(found) == {f"{code:g}" for code in codes}
    assert all(code.columns == ("a",) and code.rows[0] >= N // 30 for code in found.values())


def test_honest_values_are_none(tmp_path):
    assert missing_codes(*opened(tmp_path, **HONEST)) == ()


@pytest.mark.parametrize("name", ["iris", "wine", "breast_cancer", "diabetes", "digits"])
def test_public_sets_without_codes_are_not_accused_of_any(tmp_path, name):
    table = make_table(tmp_path, getattr(datasets, f"load_{name}")(as_frame=True).frame)
    assert missing_codes(table, infer_schema(table)) == ()


def test_page_and_command_line_say_it_and_reading_again_does_it(tmp_path):
    table, schema = opened(tmp_path, a=coded(RNG.random(N), -200), b=coded(RNG.normal(0, 100, N), -200))
    advice = next(advice for advice in advise(table, schema) if advice.missing)
    assert (advice.missing, advice.columns) == (("-200",), ("a",))
    assert "other columns" in advice.text, "what else would be missing is said"
    note = next(note for note in dataset_notes({}, schema, table) if note.kind == "missing codes")
    assert "--missing -200" in note.text
    read_table(tmp_path / "data.parquet", tmp_path / "again.parquet", options=ReadOptions(missing=advice.missing))
    again = Table(tmp_path / "again.parquet")
    assert missing_codes(again, infer_schema(again)) == ()
    assert again.frame(["a"])["a"].isna().sum() == len(range(0, N, 30))


def test_a_label_is_no_code(tmp_path):
    table, schema = opened(tmp_path, label=np.where(np.arange(N) % 10 == 0, -1, np.arange(N) % 9))
    assert schema.label == "label"
    assert missing_codes(table, schema) == ()
