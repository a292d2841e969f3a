import uuid

import numpy as np
import pandas as pd
import pytest
from table_fixture import make_table

from core.index.schema import infer_schema

N = 400
RNG = np.random.default_rng(0)
START = 1_700_000_000

KINDS = {
    "amount": (RNG.exponential(10, N), "number"),
    "age": (RNG.integers(18, 90, N), "number"),
    "duration": (RNG.integers(0, 12, N), "number"),
    "num_doors": (RNG.integers(2, 5, N), "number"),
    "scan_level": (RNG.integers(0, 17, N), "number"),
    "salary": (RNG.permutation(np.arange(30_000, 30_000 + 7 * N, 7)), "number"),
    "http_status": (RNG.choice([200, 301, 404, 500], N), "integer code"),
    "answered_with": (RNG.choice([200, 301, 404, 500, 503], N), "integer code"),
    "error_code": (RNG.integers(1, 8, N), "integer code"),
    "proto": (RNG.choice([6, 17, 1], N), "integer code"),
    "port": (RNG.integers(1, 65_000, N), "number"),
    "city": (RNG.choice(["Rome", "Oslo", "Bonn"], N), "category"),
    "shop": ([f"shop {i % 90}" for i in range(N)], "category"),
    "flag01": (RNG.integers(0, 2, N), "boolean"),
    "flag01f": (RNG.integers(0, 2, N).astype(float), "boolean"),
    "yesno": (RNG.choice(["Yes", "No"], N), "boolean"),
    "stored_bool": (RNG.integers(0, 2, N).astype(bool), "boolean"),
    "stored_time": (pd.date_range("2024-01-01", periods=N, freq="h"), "datetime"),
    "text_day": (pd.date_range("2024-01-01", periods=N).strftime("%d.%m.%Y"), "datetime"),
    "text_us_day": (pd.date_range("2024-01-01", periods=N).strftime("%m/%d/%Y"), "datetime"),
    "iso": (pd.date_range("2024-01-01", periods=N, freq="37min").strftime("%Y-%m-%dT%H:%M:%SZ"), "datetime"),
    "apache": (pd.date_range("2024-01-01", periods=N, freq="37min").strftime("%d/%b/%Y:%H:%M:%S +0000"), "datetime"),
    "timestamp": (RNG.integers(START, START + 10**7, N), "datetime"),
    "ts_float": (RNG.uniform(START, START + 10**7, N), "datetime"),
    "seen_at": (RNG.integers(START, START + 10**7, N) * 1000, "datetime"),
    "unnamed_clock": (START * 10**6 + np.cumsum(RNG.integers(1, 10**7, N)), "datetime"),
    "nano": (START * 10**9 + np.cumsum(RNG.integers(1, 10**10, N)), "datetime"),
    "date": (pd.date_range("2024-01-01", periods=N).strftime("%Y%m%d").astype(int), "datetime"),
    "remark": ([f"the pump number {i} was heard to rattle loudly" for i in range(N)], "text"),
    "transaction_id": (RNG.permutation(10**6)[:N], "identifier"),
    "row": (np.arange(N), "identifier"),
    "from_five": (np.arange(5, N + 5), "identifier"),
    "uuid": ([str(uuid.UUID(int=int(i) * 7**30)) for i in range(N)], "identifier"),
    "serial": ([f"A{i:05d}" for i in range(N)], "identifier"),
    "zip": ([f"0{1000 + i % 40}" for i in range(N)], "category"),
    "text_number": ([f"{i / 7:.3f}" for i in range(N)], "number"),
    "text_code": ([str(i % 4) for i in range(N)], "integer code"),
    "always": ([5] * N, "constant"),
    "never": (pd.Series([None] * N, dtype=object), "constant"),
    "sometimes": (pd.Series(["yes"] * 50 + [None] * (N - 50), dtype=object), "category"),
}  # fmt: skip


@pytest.fixture(scope="module")
def schema(tmp_path_factory):
    frame = pd.DataFrame({name: values for name, (values, _) in KINDS.items()})
    return infer_schema(make_table(tmp_path_factory.mktemp("kinds"), frame))


@pytest.mark.parametrize("name", KINDS)
def test_the_kind_of_a_column_is_recognised(schema, name):
    column = schema.column(name)
    assert column.kind == KINDS[name][1], column.kind_reason


def test_every_kind_and_role_has_a_reason_that_is_a_sentence(schema):
    for column in schema.columns:
        for reason in (column.kind_reason, column.role_reason):
            assert reason[0].isupper(), reason
            assert reason.endswith("."), reason


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("timestamp", "s"),
        ("ts_float", "s"),
        ("seen_at", "ms"),
        ("unnamed_clock", "us"),
        ("nano", "ns"),
        ("text_day", "%d.%m.%Y"),
        ("text_us_day", "%m/%d/%Y"),
        ("iso", "ISO8601"),
        ("date", "%Y%m%d"),
        ("stored_time", ""),
    ],
)
def test_dates_have_their_unit(schema, name, unit):
    assert schema.column(name).unit == unit


def test_a_day_that_is_not_said_to_be_first_is_read_as_first_only_where_it_can_be(tmp_path):
    days = pd.date_range("2024-01-01", periods=12)
    table = make_table(tmp_path, pd.DataFrame({"day": [f"{d.day:02d}/{d.month:02d}/2024" for d in days]}))
    assert infer_schema(table).column("day").unit == "%d/%m/%Y"


def test_ids_of_the_size_of_an_epoch_are_no_dates(tmp_path):
    frame = pd.DataFrame({"customer": np.arange(1_600_000_000, 1_600_000_300), "x": np.arange(300.0) % 7})
    assert infer_schema(make_table(tmp_path, frame)).column("customer").kind == "identifier"


def test_a_row_number_that_starts_again_in_the_second_file_is_an_identifier(tmp_path):
    main, test = pd.DataFrame({"n": np.arange(1, 301)}), pd.DataFrame({"n": np.arange(1, 101)})
    assert infer_schema(make_table(tmp_path, main, test)).column("n").kind == "identifier"


def test_text_with_a_few_strays_among_numbers_is_a_number(tmp_path):
    values = [f"{i * 1.5}" for i in range(300)]
    values[7] = "broken"
    column = infer_schema(make_table(tmp_path, pd.DataFrame({"v": values}))).column("v")
    assert column.kind == "number"
    assert "'broken', counts as missing" in column.kind_reason


def test_counts_of_a_column_are_exact_for_few_levels(schema):
    column = schema.column("sometimes")
    assert column.values == (("yes", 50),)
    assert column.missing == pytest.approx(1 - 50 / N)
    assert schema.column("always").values == (("5", N),)
    assert schema.column("remark").values == ()


def test_infinity_is_no_obstacle(tmp_path):
    frame = pd.DataFrame({"v": [np.inf, -np.inf, 1.5, 2.5] * 30, "w": [np.inf] * 120})
    found = infer_schema(make_table(tmp_path, frame))
    assert (found.column("v").kind, found.column("w").kind) == ("number", "constant")
