"""Whole numbers of any size, decimals, durations and moments keep every digit from the file to the screen and back."""

import datetime as dt
import io
import json
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.ipc as ipc
import pyarrow.parquet as pq
import pytest

from core.index.filters import condition, rows_where
from core.index.labels import read_labels
from core.index.schema import canonical, infer_schema
from core.index.table import Table
from core.modalities.tabular.config import EncodingConfig
from core.modalities.tabular.encoder import TabularEncoder
from core.modalities.tabular.usual_values import UsualValues
from core.notes.dataset import dataset_notes
from core.readers import read_table
from core.results.export import _user_columns
from core.triage.identity import contents
from core.words import amount, told_apart
from dashboard.server.exact_cells import exact_cells

BIG = 9_007_199_254_740_993
"""2**53 + 1, the first whole number that no float holds."""


def opened(tmp_path, table, name="in.parquet"):
    """A table that went through the readers, and its report."""
    path = tmp_path / name
    if isinstance(table, bytes):
        path.write_bytes(table)
    elif name.endswith(".arrow"):
        held = io.BytesIO()
        with ipc.new_file(held, table.schema) as writer:
            writer.write_table(table)
        path.write_bytes(held.getvalue())
    else:
        pq.write_table(table, path)
    report = read_table(path, tmp_path / "out.parquet")
    return Table(tmp_path / "out.parquet"), report


def values(table, column):
    return [None if pd.isna(value) else value for value in table.frame([column], exact=True)[column].tolist()]


@pytest.mark.parametrize("name", ["in.parquet", "in.arrow"])
@pytest.mark.parametrize(
    "array",
    [
        pa.array([BIG, BIG + 1, None, -BIG], pa.int64()),
        pa.array([2**63, 2**64 - 1, None, 0], pa.uint64()),
        pa.array([Decimal("0.10"), Decimal("12345678901234567.89"), None, Decimal("-1.00")], pa.decimal128(19, 2)),
        pa.array([Decimal(10**37 + 1), Decimal(10**37 + 2), None, Decimal(0)], pa.decimal128(38, 0)),
        pa.array([True, False, None, True]),
        pa.array(["9007199254740993", "a", None, "b"]),
    ],
    ids=["int64", "uint64", "decimal", "38 digits", "boolean", "text"],
)
def test_values_come_out_of_a_file_as_they_went_in(tmp_path, name, array):
    table, _ = opened(tmp_path, pa.table({"v": array, "x": [1.5, 2.5, 3.5, 4.5]}), name)
    assert values(table, "v") == array.to_pylist()


@pytest.mark.parametrize("name", ["in.parquet", "in.arrow"])
@pytest.mark.parametrize(("unit", "tick"), [("s", 1), ("ms", 10**-3), ("us", 10**-6), ("ns", 10**-9)])
def test_durations_of_every_unit_are_exact_seconds(tmp_path, name, unit, tick):
    ticks = [1, 7, None, -(2**53) - 1]
    table, report = opened(tmp_path, pa.table({"d": pa.array(ticks, pa.duration(unit)), "x": [1, 2, 3, 4]}), name)
    places = {"s": 0, "ms": 3, "us": 6, "ns": 9}[unit]
    assert values(table, "d") == [None if n is None else Decimal(n).scaleb(-places) for n in ticks]
    assert "Durations are counted in seconds: 'd'." in report.notes


def test_durations_of_numpy_and_of_records_are_exact_seconds_too(tmp_path):
    held = io.BytesIO()
    np.savez(held, d=np.array([1, 2**53 + 1, "NaT"], "timedelta64[ns]"), h=np.array([1, 2, 3], "timedelta64[h]"))
    table, _ = opened(tmp_path, held.getvalue(), "in.npz")
    assert values(table, "d") == [Decimal("0.000000001"), Decimal("9007199.254740993"), None]
    assert values(table, "h") == [3600, 7200, 10800]
    inner = pa.array([{"d": 1}, {"d": 2}], pa.struct([("d", pa.duration("ms"))]))
    table, _ = opened(tmp_path, pa.table({"r": inner, "x": [1, 2]}))
    assert values(table, "r.d") == [Decimal("0.001"), Decimal("0.002")]


def test_moments_keep_their_nanoseconds_and_zones_are_said(tmp_path):
    nanos = pa.array([1_700_000_000_123_456_789, None], pa.timestamp("ns"))
    zoned = pa.array([1_700_000_000_123_456_789, None], pa.timestamp("ns", "America/New_York"))
    table, report = opened(tmp_path, pa.table({"t": nanos, "z": zoned, "x": [1, 2]}))
    for column in ("t", "z"):
        assert values(table, column) == [pd.Timestamp(1_700_000_000_123_456_789), None]
    assert "Moments with a time zone are read and shown in UTC: 'z'." in report.notes
    assert exact_cells(table.frame(exact=True))["t"].tolist() == ["2023-11-14 22:13:20.123456789", None]


def test_times_of_day_lists_and_bytes_are_text_with_every_digit(tmp_path):
    columns = {
        "time": pa.array([dt.time(1, 2, 3, 456789), dt.time(0, 0)], pa.time64("us")),
        "list": pa.array([[BIG, 1], []], pa.list_(pa.int64())),
        "bytes": pa.array([b"abc", b"\x00\xff"], pa.binary()),
        "picture": pa.array([bytes(1000), bytes(2000)], pa.binary()),
    }
    table, report = opened(tmp_path, pa.table({**columns, "x": [1, 2]}))
    assert values(table, "time") == ["01:02:03.456789", "00:00:00"]
    assert values(table, "list") == [f"[{BIG}, 1]", "[]"]
    assert values(table, "bytes") == ["abc", "\\x00\\xFF"]
    assert "picture" not in table.columns
    assert any("left out: 'picture'" in note for note in report.notes)


@pytest.mark.parametrize(
    "numbers",
    [
        [BIG, BIG + 1, 7],
        [-(2**63), 2**63 - 1, 0],
        [2**64 - 1, 2**64, -5],
        [-(10**30) - 1, 10**30 + 3, 12],
    ],
)
def test_whole_numbers_of_a_text_file_keep_their_digits(tmp_path, numbers):
    lines = "".join(f"{n},{i}.5\n" for i, n in enumerate([*numbers, 1]))
    table, _ = opened(tmp_path, f"v,x\n{lines}".encode(), "in.csv")
    assert [int(v) for v in values(table, "v")] == [*numbers, 1]


def test_a_larger_number_far_down_a_text_file_costs_no_digit_of_any(tmp_path):
    lines = "".join(f"{n},{n}.5\n" for n in range(25_000))
    table, _ = opened(tmp_path, f"v,x\n{lines}{2**64 + 1},1.5\n".encode(), "in.csv")
    assert [int(v) for v in values(table, "v")[-2:]] == [24_999, 2**64 + 1]


def test_numbers_that_no_column_can_hold_whole_are_said(tmp_path):
    lines = "".join(f"0.{10**20 + n},{n}\n" for n in range(30))
    _, report = opened(tmp_path, f"v,x\n{lines}".encode(), "in.csv")
    assert any("'v' holds numbers of more digits" in note for note in report.notes)


def test_whole_numbers_in_json_keep_their_digits(tmp_path):
    rows = [{"v": BIG + n, "u": 2**63 + n, "x": n / 2} for n in range(5)]
    table, _ = opened(tmp_path, json.dumps(rows).encode(), "in.json")
    assert [int(v) for v in values(table, "v")] == [row["v"] for row in rows]
    assert [int(v) for v in values(table, "u")] == [row["u"] for row in rows]


def test_whole_numbers_beyond_64_bits_in_json_keep_their_digits(tmp_path):
    rows = [{"v": 2**70 + n, "w": -(2**63) - n, "x": n / 2} for n in range(5)]
    table, _ = opened(tmp_path, json.dumps(rows).encode(), "in.json")
    assert [int(v) for v in values(table, "v")] == [row["v"] for row in rows]
    assert [int(v) for v in values(table, "w")] == [row["w"] for row in rows]
    assert values(table, "x") == [row["x"] for row in rows]


@pytest.mark.parametrize("name", ["in.parquet", "in.arrow"])
def test_decimals_of_more_than_38_digits_are_kept_as_text(tmp_path, name):
    many = [Decimal(10**45 + n) for n in (1, 2)]
    table, _ = opened(tmp_path, pa.table({"d": pa.array(many, pa.decimal256(50, 0)), "x": [1.5, 2.5]}), name)
    assert values(table, "d") == [str(number) for number in many]


def test_nanoseconds_of_a_text_file_are_kept(tmp_path):
    lines = "".join(f"2026-01-01 00:00:00.{n:09d},{n}.5\n" for n in range(30))
    table, _ = opened(tmp_path, f"t,x\n{lines}".encode(), "in.csv")
    assert values(table, "t")[7] == pd.Timestamp("2026-01-01 00:00:00.000000007")
    ticks = "".join(f"{1_700_000_000_000_000_000 + n},{n}.5\n" for n in range(30))
    table, _ = opened(tmp_path, f"timestamp,x\n{ticks}".encode(), "in.csv")
    assert values(table, "timestamp")[7] == 1_700_000_000_000_000_007


def test_minus_zero_is_zero_to_labels_levels_and_filters(tmp_path):
    label = [0.0, -0.0] * 20 + [1.0] * 10
    table, _ = opened(tmp_path, pa.table({"x": np.arange(50) / 3, "label": label}))
    schema = infer_schema(table)
    assert schema.column("label").values == (("0", 40), ("1", 10))
    assert int((read_labels(table, schema) == 1).sum()) == 10
    assert len(rows_where(table, schema, [condition(["label", "is", "0"], schema)])) == 40
    assert [canonical(value) for value in (-0.0, np.float64(-0.0), Decimal("-0.00"), 0, 1.0)] == ["0"] * 4 + ["1"]
    assert canonical(Decimal(f"{10**30 + 1}.50")) == f"{10**30 + 1}.5"


def test_a_constant_is_told_with_every_digit(tmp_path):
    same = {
        "whole": pa.array([BIG] * 5),
        "unsigned": pa.array([2**64 - 1] * 5, pa.uint64()),
        "decimal": pa.array([Decimal("12345678901234567890.12")] * 5),
        "blank": pa.array([BIG, None, BIG, BIG, BIG]),
    }
    table, _ = opened(tmp_path, pa.table({**same, "x": [1.5, 2.5, 3.5, 4.5, 5.5]}))
    reasons = {column.name: column.kind_reason for column in infer_schema(table).columns}
    assert str(BIG) in reasons["whole"]
    assert str(2**64 - 1) in reasons["unsigned"]
    assert "12345678901234567890.12" in reasons["decimal"]
    assert reasons["blank"] == f"It holds {BIG} or nothing."


def test_neighbours_beyond_the_digits_of_a_float_do_not_number_the_rows(tmp_path):
    jumps = np.cumsum(np.tile([1, 2, 3], 20)).tolist()
    columns = {"u": pa.array([2**63 + j for j in jumps], pa.uint64()), "i": pa.array([2**60 + n for n in range(60)])}
    table, _ = opened(tmp_path, pa.table({**columns, "x": np.arange(60) / 7}))
    schema = infer_schema(table)
    assert schema.column("u").kind == "number"
    assert schema.column("i").kind == "identifier"


@pytest.mark.parametrize(
    "array",
    [
        pa.array([BIG - 1, BIG, BIG + 1]),
        pa.array([2**63, 2**63 + 1, 2**63 + 2], pa.uint64()),
        pa.array([Decimal(f"1000000000000000000.0{n}") for n in (1, 2, 3)]),
        pa.array([Decimal(10**30 + n) for n in (1, 2, 3)], pa.decimal128(38, 0)),
    ],
    ids=["int64", "uint64", "decimal", "38 digits"],
)
def test_a_filter_finds_one_value_among_its_neighbours(tmp_path, array):
    table, _ = opened(tmp_path, pa.table({"v": array, "x": [1.5, 2.5, 3.5]}))
    schema = infer_schema(table)
    second = str(array[1].as_py())
    for asked in (["v", "between", second, second], ["v", "is", second]):
        one = condition(asked, schema)
        assert rows_where(table, schema, [one]).tolist() == [1]
        again = condition(json.loads(json.dumps(one.to_list())), schema)
        assert again == one
    assert second.split(".")[0] in condition(["v", "between", second, second], schema).words.replace(",", "")


def test_identity_and_duplicates_go_by_every_digit(tmp_path):
    columns = {
        "v": pa.array([BIG, BIG + 1, BIG]),
        "d": pa.array([Decimal("1.10"), Decimal("1.10"), Decimal("1.10")]),
        "t": pa.array([1, 1, 1], pa.timestamp("ns")),
    }
    table, _ = opened(tmp_path, pa.table(columns))
    digests = contents(table, [0, 1, 2])
    assert digests[0] == digests[2] != digests[1]
    assert table.duplicates() == 1
    later, _ = opened(tmp_path, pa.table({**columns, "t": pa.array([1, 1, 2], pa.timestamp("ns"))}))
    digests = contents(later, [0, 2])
    assert digests[0] != digests[2]


def test_verdicts_of_before_find_the_rows_of_types_that_were_narrower_then(tmp_path):
    moments = [pd.Timestamp("2026-01-02 03:04:05.678901"), None]
    now = {"u": pa.array([5, None], pa.uint64()), "d": pa.array([Decimal("1.25"), None]), "x": [1.5, 2.5]}
    then = {"u": pa.array([5.0, None]), "d": pa.array([1.25, None]), "x": [1.5, 2.5]}
    pq.write_table(pa.table({**now, "t": pa.array(moments, pa.timestamp("ns"))}), tmp_path / "now.parquet")
    pq.write_table(pa.table({**then, "t": pa.array(moments, pa.timestamp("us"))}), tmp_path / "then.parquet")
    assert contents(Table(tmp_path / "now.parquet"), [0, 1]) == contents(Table(tmp_path / "then.parquet"), [0, 1])


def test_the_users_columns_are_exported_as_they_came(tmp_path):
    columns = {
        "v": pa.array([BIG, None]),
        "u": pa.array([2**64 - 1, 3], pa.uint64()),
        "d": pa.array([Decimal("0.10"), None], pa.decimal128(30, 2)),
        "t": pa.array([1_700_000_000_123_456_789, None], pa.timestamp("ns")),
    }
    table, _ = opened(tmp_path, pa.table(columns))
    lines = _user_columns(table, pd.DataFrame({"row": [0, 1]})).to_csv(index=False).splitlines()
    assert lines[1] == f"{BIG},{2**64 - 1},0.10,2023-11-14 22:13:20.123456789"
    assert lines[2] == ",3,,"


def test_a_grid_of_the_browser_gets_text_where_its_numbers_would_lose_digits(tmp_path):
    columns = {
        "v": pa.array([BIG, None]),
        "small": pa.array([1, 2]),
        "u": pa.array([2**64 - 1, 3], pa.uint64()),
        "d": pa.array([Decimal("0.10"), Decimal("2.20")]),
        "long": pa.array([Decimal("1234567890123456.78"), None]),
    }
    table, _ = opened(tmp_path, pa.table(columns))
    shown = exact_cells(table.frame(exact=True))
    assert shown["v"].tolist() == [str(BIG), None]
    assert shown["u"].tolist() == [str(2**64 - 1), "3"]
    assert shown["long"].tolist() == ["1234567890123456.78", None]
    assert shown["small"].tolist() == [1, 2]
    assert shown["d"].tolist() == [0.1, 2.2]


def test_what_is_beside_what_was_expected_has_the_digits_that_tell_them_apart(tmp_path):
    columns = {"v": [BIG, BIG + 1, BIG + 2], "f": [1.00000001, 1.00000002, 1.00000003]}
    table, _ = opened(tmp_path, pa.table(columns))
    frame, schema = table.frame(exact=True), infer_schema(table)
    schema = schema.with_columns({name: {"kind": "number", "role": "feature"} for name in columns})
    usual = UsualValues(frame, TabularEncoder(EncodingConfig(), schema).fit_frame(frame, schema))
    told = [usual.fact(frame.iloc[[0]], frame.iloc[[1]], name, 1.0, None) for name in columns]
    assert (told[0].actual, told[0].expected) == (f"{BIG:,}", f"{BIG + 1:,}")
    assert (told[1].actual, told[1].expected) == ("1.00000001", "1.00000002")
    assert amount(np.uint64(2**64 - 1)) == "18,446,744,073,709,551,615"
    assert told_apart([1.0000001, 1.0000002]) == ["1.0000001", "1.0000002"]


def test_values_that_a_network_cannot_tell_apart_are_said(tmp_path):
    columns = {"v": pa.array([2**60 + n for n in (1, 3, 2, 9, 5)]), "x": [1.5, 2.5, 3.5, 4.5, 5.5]}
    table, _ = opened(tmp_path, pa.table(columns))
    (note,) = [n for n in dataset_notes({}, infer_schema(table), table) if n.kind == "rounded"]
    assert "its 5 different values are 1 to it" in note.text
