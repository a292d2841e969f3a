"""What holds for every file: all rows are looked at, in their order, in little memory, with progress."""

from __future__ import annotations

import io
import json
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import DataError
from core.readers import ReadReport, read_table

ROWS = 60_000


def read(
    tmp_path: Path, text: str | bytes, name: str = "x.csv", **extra: Any
) -> tuple[dict[str, list[Any]], ReadReport]:
    (tmp_path / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    report = read_table(tmp_path / name, tmp_path / "out.parquet", **extra)
    return pq.read_table(tmp_path / "out.parquet").to_pydict(), report


def numbers_then(last: str) -> str:
    return "a,b\n" + "".join(f"{i},{i / 4}\n" for i in range(ROWS)) + f"{last},1\n"


@pytest.mark.parametrize(
    ("last", "read_as", "says"),
    [
        ("oops", "oops", "'oops' in row 60,001"),
        ("2.5", 2.5, ""),
        ("1e3", 1000.0, ""),
        ('"1,234.5"', 1234.5, ""),
        ("None", None, ""),
        ("#DIV/0!", None, ""),
        ("  7 ", 7, ""),
        ("99999999999999999999", 99999999999999999999, ""),
        ("inf", None, ""),
    ],
)
def test_a_surprise_in_the_last_row_widens_the_column_and_loses_nothing(tmp_path, last, read_as, says):
    values, report = read(tmp_path, numbers_then(last))
    assert values["a"][-1] == read_as
    assert values["a"][:-1] == ([str(i) for i in range(ROWS)] if says else list(range(ROWS)))
    assert values["b"] == [i / 4 for i in range(ROWS)] + [1.0]
    assert says in " ".join(report.notes)


def test_dates_that_prove_to_be_day_first_at_the_end_are_read_so_from_the_start(tmp_path):
    text = "d,n\n" + "01/02/2020,1\n01/03/2020,1\n" * 12_000 + "13/04/2020,2\n"
    values, _ = read(tmp_path, text)
    assert {moment.strftime("%d %b") for moment in values["d"]} == {"01 Feb", "01 Mar", "13 Apr"}


def test_a_date_column_that_ends_in_words_becomes_words(tmp_path):
    values, report = read(tmp_path, "d,n\n" + "2020-01-01,1\n" * 30_000 + "soon,2\n")
    assert values["d"][-2:] == ["2020-01-01", "soon"]
    assert "holds dates" in " ".join(report.notes)


def test_rows_keep_their_order_whatever_is_missing_where(tmp_path):
    words = ["x", "NA", "?", "null", "-", "N/A", "y"]
    lines = (f"{i},{words[i % 7]},{'NA' if i % 5 == 0 else i / 2}\n" for i in range(300_000))
    values, report = read(tmp_path, "i,w,n\n" + "".join(lines))
    assert values["i"] == list(range(300_000))
    assert values["w"][:7] == ["x", None, None, None, None, None, "y"]
    assert values["n"][:6] == [None, 0.5, 1.0, 1.5, 2.0, None]
    assert set(report.missing) >= {"NA", "?", "null", "-", "N/A"}


def test_a_character_that_is_no_utf8_far_into_the_file_is_read_as_cp1252(tmp_path):
    text = "a,b\n" + "plain,1\n" * 700_000 + "Käse,2\n"
    values, report = read(tmp_path, text.encode("cp1252"))
    assert (report.encoding, values["a"][-1], report.rows) == ("cp1252", "Käse", 700_001)


def test_a_few_broken_bytes_do_not_change_the_character_set(tmp_path):
    values, report = read(tmp_path, b"a,b\n" + "schön,1\n".encode() * 30 + b"sch\xf6n,2\n")
    assert report.encoding == "utf-8"
    assert values["a"][0] == "schön"
    assert "no text" in " ".join(report.notes)


def test_infinite_numbers_are_not_left_out_without_a_word(tmp_path):
    (tmp_path / "rows.csv").write_text("ratio,words\n1.5,inf\n-Infinity,x\n2.5,infinity\ninf,y\n")
    report = read_table(tmp_path / "rows.csv", tmp_path / "rows.parquet")
    assert report.infinite == {"ratio": 2}
    assert pq.read_table(tmp_path / "rows.parquet")["ratio"].to_pylist() == [1.5, None, 2.5, None]


def test_rows_of_another_width_are_counted_and_one_is_shown(tmp_path):
    text = "a,b,c\n" + "1,2,3\n" * 50_000 + "4,5\n" + "1,2,3\n" * 10 + "6,7,8,9\n"
    _, report = read(tmp_path, text)
    assert report.rows == 50_010
    assert "2 rows were left out" in " ".join(report.notes)
    assert "line 50,002: '4,5'" in " ".join(report.notes)


def test_rows_that_often_lack_their_last_fields_are_kept(tmp_path):
    values, report = read(tmp_path, "a,b,c\n1,2,3\n4,5\n6\n7,8,9\n" + "1,2\n" * 20)
    assert values["c"][:4] == [3, None, None, 9]
    assert report.rows == 24


def test_very_wide_tables_are_read(tmp_path):
    # A line is longer than what is looked at first.
    names = [f"{'a long name ' * 15}{i}" for i in range(1500)]
    rows = [[str((i * j) % 97) for i in range(1500)] for j in range(20)]
    values, report = read(tmp_path, "\n".join(",".join(row) for row in [names, *rows]) + "\n")
    assert len(report.columns) == 1500
    assert values[names[5]] == [(5 * j) % 97 for j in range(20)]


def test_more_columns_than_a_table_may_have_are_refused(tmp_path):
    with pytest.raises(DataError, match="may have 10,000 columns"):
        read(tmp_path, ",".join(map(str, range(10_001))) + "\n" + "1," * 10_000 + "1\n")


def test_progress_rises_to_the_end(tmp_path):
    shares: list[float] = []
    read(tmp_path, numbers_then("oops").encode("utf-16"), progress=shares.append)
    assert shares == sorted(shares)
    assert 0 <= shares[0] < shares[-1] == 1.0


def test_an_exception_in_the_progress_ends_the_reading_and_leaves_nothing(tmp_path):
    class CancelledError(Exception):
        pass

    def cancel(share: float) -> None:
        raise CancelledError

    with pytest.raises(CancelledError):
        read(tmp_path, numbers_then("1"), progress=cancel)
    assert [p.name for p in tmp_path.iterdir()] == ["x.csv"]


# Words that cannot be taken for a number, a date, a truth value or a missing one; in every character set tried.
WORD = st.text(st.sampled_from("abcdeghkmopäöüß ,;|'\"#%-\n"), min_size=1, max_size=12).map(
    lambda s: "w" + s.strip() + "z"
)
NUMBER = st.floats(-1e9, 1e9, allow_subnormal=False).map(lambda x: float(f"{x:.6g}"))
ROW = st.tuples(WORD, st.none() | NUMBER, st.integers(-(10**15), 10**15), WORD)
LAYOUT = st.tuples(
    st.sampled_from([",", ";", "\t", "|"]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"]),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from(["", "NA", "?", "null"]),
    st.booleans(),
)


@given(rows=st.lists(ROW, min_size=4, max_size=12), layout=LAYOUT)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_table_in_any_layout_reads_back_as_it_was(tmp_path, rows, layout):
    delimiter, encoding, end, missing, comma = layout
    # A decimal comma goes with another delimiter, as in the countries that write it.
    decimal = "," if comma and delimiter != "," else "."
    rows = [(word, number, whole, last.replace("\n", " ")) for word, number, whole, last in rows]
    # Without a decimal in the file nobody could tell a comma from a point.
    rows.append(("wz", 0.5, 7, "wz"))
    lines = [delimiter.join(["first word", "number", "whole", "second word"])]
    for word, number, whole, last in rows:
        shown = missing if number is None else repr(number).replace(".", decimal)
        lines.append(delimiter.join([quoted(word), shown, str(whole), quoted(last)]))
    values, report = read(tmp_path, (end.join(lines) + end).encode(encoding))
    assert report.delimiter == delimiter
    assert values["first word"] == [word for word, *_ in rows]
    assert values["second word"] == [last for *_, last in rows]
    assert values["whole"] == [whole for _, _, whole, _ in rows]
    for got, wanted in zip(values["number"], [number for _, number, *_ in rows], strict=True):
        assert got == wanted if wanted is None else math.isclose(got, wanted)


def quoted(word: str) -> str:
    return '"' + word.replace('"', '""') + '"'


@pytest.mark.processes
def test_memory_does_not_follow_the_size_of_the_file(tmp_path):
    from core.bench.reading import write_table

    source = tmp_path / "large.csv"
    # As bytes and as text at once it would be more than 300 MB, with DuckDB's share more than 500.
    write_table(source, 160, "utf-16")
    command = [sys.executable, "-m", "core.bench.harness.peak", "anomalens", str(source), str(tmp_path / "out.parquet")]
    measured = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    assert measured["rows"] > 500_000
    assert measured["extra_mb"] < 400


def test_nothing_heavy_is_imported_before_a_file_is_read():
    code = (
        "import sys; import core.readers, core.readers.sources, core.modalities.examples, core.readers.ingest; "
        "core.readers.readable_endings(); core.modalities.examples.examples(); "
        "heavy = ('torch', 'sklearn', 'scipy', 'pandas', 'duckdb', 'pyarrow', 'openpyxl'); "
        "print([module for module in heavy if module in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.strip() == "[]"


def test_the_bench_writes_a_table_that_reads_without_a_word_of_complaint(tmp_path):
    from core.bench.reading import write_table

    write_table(tmp_path / "small.csv", 1)
    report = read_table(tmp_path / "small.csv", tmp_path / "out.parquet")
    assert report.notes == ()
    assert io.BytesIO((tmp_path / "out.parquet").read_bytes()).read(4) == b"PAR1"


@pytest.mark.data
@pytest.mark.parametrize(
    ("path", "rows", "columns"),
    [
        ("tabular/nsl_kdd_train_20percent.csv", 25_192, 42),
        ("tabular/shuttle.csv", 49_097, 10),
        ("tabular/cover.parquet", 286_048, 11),
        ("timeseries/nab/realKnownCause/machine_temperature_system_failure.csv", 22_695, 2),
    ],
)
def test_public_data_are_read_without_a_word_of_complaint(tmp_path, path, rows, columns):
    report = read_table(Path(__file__).parents[2] / "shared" / "data" / path, tmp_path / "out.parquet")
    assert (report.rows, len(report.columns)) == (rows, columns)
    assert report.notes == ()
