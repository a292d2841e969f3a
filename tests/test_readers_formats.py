"""Every format and packing gives the same table; what is no table is refused with a sentence."""

from __future__ import annotations

import bz2
import datetime as dt
import decimal
import gzip
import io
import json
import lzma
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.ipc as ipc
import pyarrow.parquet as pq
import pytest
import zstandard

from core.errors import DataError
from core.readers import READERS, ReadOptions, ReadReport, preview, read_table, readable_endings
from core.readers.process.one_file import read_file
from core.readers.process.requests import request
from core.readers.reading import archives
from core.readers.reading.damage import damaged

FRAME = pd.DataFrame(
    {
        "whole": [1, 2, 3],
        "number": [1.5, np.nan, -2e5],
        "words": ["x", "y, z", "line\nfeed"],
        "time": pd.to_datetime(["2020-01-01 00:00", "2020-01-02 10:00", "2021-05-05 00:00"]),
        "flag": [True, False, True],
    }
)
EXPECTED = {
    "whole": [1, 2, 3],
    "number": [1.5, None, -2e5],
    "words": ["x", "y, z", "line\nfeed"],
    "time": [dt.datetime(2020, 1, 1), dt.datetime(2020, 1, 2, 10), dt.datetime(2021, 5, 5)],
    "flag": [True, False, True],
}
CSV = FRAME.to_csv(index=False).encode()
PACKERS = {
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "zst": zstandard.compress,
    "zip": lambda content: zipped({"deep/table.csv": content, "README.txt": b"hello", "__MACOSX/._table.csv": b"x"}),
}


def zipped(files: dict[str, bytes]) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return held.getvalue()


def written(kind: str) -> bytes:
    """The frame as the bytes of a file of that kind."""
    held = io.BytesIO()
    table = pa.Table.from_pandas(FRAME)
    if kind == "parquet":
        FRAME.to_parquet(held)
    elif kind == "feather":
        FRAME.to_feather(held)
    elif kind == "arrows":
        with ipc.new_stream(held, table.schema) as writer:
            writer.write_table(table, max_chunksize=2)
    elif kind == "xlsx":
        FRAME.to_excel(held, index=False)
    elif kind == "jsonl":
        return FRAME.to_json(orient="records", lines=True, date_format="iso").encode()
    else:
        return FRAME.to_json(orient=kind, date_format="iso").encode()
    return held.getvalue()


def read(tmp_path: Path, name: str, content: bytes, **options: Any) -> tuple[dict[str, list[Any]], ReadReport]:
    source = tmp_path / name
    source.write_bytes(content)
    report = read_table(source, tmp_path / "out.parquet", options=ReadOptions(**options))
    return pq.read_table(tmp_path / "out.parquet").to_pydict(), report


@pytest.mark.parametrize("kind", ["parquet", "feather", "arrows", "xlsx", "records", "columns", "split", "jsonl"])
def test_every_format_gives_the_same_table(tmp_path, kind):
    values, report = read(tmp_path, f"table.{kind}", written(kind))
    assert values == EXPECTED
    assert (report.rows, report.columns) == (3, tuple(EXPECTED))


@pytest.mark.parametrize("kind", PACKERS)
def test_every_packing_comes_off(tmp_path, kind):
    values, report = read(tmp_path, f"table.csv.{kind}", PACKERS[kind](CSV))
    assert values == EXPECTED
    assert report.compression
    values, report = read(tmp_path, "mislabelled.csv", PACKERS[kind](CSV))
    assert values == EXPECTED


def test_packings_within_packings_come_off(tmp_path):
    content = zipped({"table.parquet.gz": gzip.compress(written("parquet"))})
    values, report = read(tmp_path, "table.zip", content)
    assert (values, report.compression, report.format) == (EXPECTED, "zip, gzip", "Parquet")


def test_packings_of_several_parts_are_read_to_the_end(tmp_path):
    more = b"4,1,z,2022-01-01,True\n"
    for pack in (gzip.compress, bz2.compress, lzma.compress, zstandard.compress):
        assert read(tmp_path, "table.csv", pack(CSV) + pack(more))[0]["whole"] == [1, 2, 3, 4]


def test_a_file_of_a_zip_archive_can_be_named(tmp_path):
    content = zipped({"a.csv": b"x\n1\n", "b.csv": b"y\n2\n"})
    with pytest.raises(DataError, match=r"holds 2: 'a\.csv', 'b\.csv'"):
        read(tmp_path, "two.zip", content)
    assert read(tmp_path, "two.zip", content, sheet="b.csv")[0] == {"y": [2]}
    with pytest.raises(DataError, match=r"has no file 'c\.csv'"):
        read(tmp_path, "two.zip", content, sheet="c.csv")


def test_a_sheet_of_a_workbook_can_be_named(tmp_path):
    held = io.BytesIO()
    with pd.ExcelWriter(held) as book:
        pd.DataFrame().to_excel(book, sheet_name="Cover")
        FRAME.to_excel(book, sheet_name="First", index=False, startrow=3)
        pd.DataFrame({"n": [5, 6]}).to_excel(book, sheet_name="Second", index=False)
    values, report = read(tmp_path, "book.xlsx", held.getvalue())
    assert values == EXPECTED
    assert "'First' was read" in " ".join(report.notes)
    assert read(tmp_path, "book.xlsx", held.getvalue(), sheet="second")[0] == {"n": [5, 6]}
    with pytest.raises(DataError, match="no sheet 'Third'"):
        read(tmp_path, "book.xlsx", held.getvalue(), sheet="Third")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"a": [1, 2], "b": ["x", null]}', {"a": [1, 2], "b": ["x", None]}),
        ('[[1, "x"], [2, "y"]]', {"column 1": [1, 2], "column 2": ["x", "y"]}),
        ('[["a", "b"], [1, "x"]]', {"a": [1], "b": ["x"]}),
        ('{"data": [{"a": 1}, {"a": 2.5}]}', {"a": [1.0, 2.5]}),
        ('[{"a": {"b": 1, "c d": {"e": "x"}}, "l": [1, 2]}]', {"a.b": [1], "a.c d.e": ["x"], "l": ["[1, 2]"]}),
        ('[{"a": "1,5", "b": "NA"}, {"a": "2,5", "b": "x"}]', {"a": [1.5, 2.5], "b": [None, "x"]}),
        ('[{"a": 1}, {"b": "x"}]', {"a": [1, None], "b": [None, "x"]}),
        ('[{"a": 1}, {"a": "x"}]', {"a": ["1", "x"]}),
        ('\n\n{"a": 1}\n\n{"a": 2}\n', {"a": [1, 2]}),
        ('{\n "a": 1\n}\n{\n "a": 2\n}', {"a": [1, 2]}),
        ('{"t": "2020-01-01T10:00:00Z"}', {"t": [dt.datetime(2020, 1, 1, 10)]}),
    ],
)
def test_every_layout_of_json_is_understood(tmp_path, text, expected):
    assert read(tmp_path, "table.json", text.encode())[0] == expected
    assert read(tmp_path, "table.json", text.encode("utf-16"))[0] == expected


def test_broken_json_is_said_with_its_place_and_without_the_servers_paths(tmp_path):
    source = tmp_path / "a folder" / "rows.json"
    source.parent.mkdir()
    source.write_text('[{"a": 1}, {"a": ')
    with pytest.raises(DataError, match="It is not: Malformed JSON, at byte"):
        read_table(source, tmp_path / "out.parquet")


def test_a_full_disk_is_not_taken_for_a_damaged_file(tmp_path, monkeypatch):
    source = tmp_path / "rows.csv.gz"
    source.write_bytes(gzip.compress(CSV))

    def full(*arguments: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(archives, "_copy", full)
    with pytest.raises(DataError, match="The disk is full, so 'rows"):
        read_file(request(source, "rows.csv.gz", ReadOptions()), tmp_path, lambda _: None)
    said = 'IO Error: Could not write file "/srv/x.parquet": No space left on device'
    assert "The disk is full" in str(damaged("rows.csv", "CSV", OSError(said)))


def test_arrays_get_names_and_the_labels_of_adbench_theirs(tmp_path):
    held = io.BytesIO()
    np.savez(held, X=np.array([[1.5, np.inf], [2.5, 3.0]]), y=np.array([0.0, 1.0]))
    assert read(tmp_path, "2_x.npz", held.getvalue())[0] == {"x0": [1.5, 2.5], "x1": [None, 3.0], "label": [0, 1]}
    held = io.BytesIO()
    np.save(held, np.array([(1, "a"), (2, "b")], dtype=[("n", "i4"), ("w", "U3")]))
    assert read(tmp_path, "x.npy", held.getvalue())[0] == {"n": [1, 2], "w": ["a", "b"]}
    held = io.BytesIO()
    np.savez_compressed(
        held, t=np.array(["2020-01-01", "NaT"], "M8[D]"), images=np.arange(8).reshape(2, 2, 2), k=np.ones(3)
    )
    values, report = read(tmp_path, "x.npz", held.getvalue())
    assert list(values) == ["k"], "the longest arrays are the table"
    assert "left out: 't', 'images'" in " ".join(report.notes)


def test_columns_of_every_type_become_one_that_a_table_holds(tmp_path):
    day, moment = dt.date(2020, 1, 1), dt.datetime(2020, 1, 1, 12, tzinfo=dt.UTC)
    table = pa.table(
        {
            "decimal": pa.array([decimal.Decimal("1.25"), None]),
            "unsigned": pa.array([2**63, 1], pa.uint64()),
            "record": pa.array([{"x": 1, 'y "z"': {"q": "a"}}, None]),
            "list": pa.array([[1, 2], [3]]),
            "bytes": pa.array([b"x", b"y"]),
            "levels": pa.array(["a", "b"]).dictionary_encode(),
            "day": pa.array([day, None]),
            "moment": pa.array([moment, None], pa.timestamp("ns", "Europe/Berlin")),
            "half": pa.array([np.float16(1.5), np.float16("nan")]),
            "nothing": pa.nulls(2),
        }
    )
    expected = {
        "decimal": [1.25, None], "unsigned": [2**63, 1], "record.x": [1, None], 'record.y "z".q': ["a", None],
        "list": ["[1, 2]", "[3]"], "bytes": ["x", "y"], "levels": ["a", "b"], "day": [dt.datetime(2020, 1, 1), None],
        "moment": [dt.datetime(2020, 1, 1, 12), None], "half": [1.5, None], "nothing": [None, None],
    }  # fmt: skip
    held = io.BytesIO()
    with ipc.new_file(held, table.schema) as writer:
        writer.write_table(table)
    values, report = read(tmp_path, "x.arrow", held.getvalue())
    assert values == expected
    said = " ".join(report.notes)
    assert "Bytes are kept as text" in said
    assert "in UTC: 'moment'" in said
    held = io.BytesIO()
    pq.write_table(table, held)
    assert read(tmp_path, "x.parquet", held.getvalue())[0] == expected


def broken() -> dict[str, tuple[bytes, str]]:
    """Files that cannot be read, each with a part of the sentence that must be said."""
    random = np.random.default_rng(0)
    noise = random.integers(0, 256, 5000).astype("u1").tobytes()
    digits = random.integers(48, 58, 300_000).astype("u1").tobytes()
    arrays = io.BytesIO()
    np.savez(arrays, X=np.array([{}, {}], dtype=object))
    array = io.BytesIO()
    np.save(array, np.arange(100.0))
    protected = bytearray(zipped({"a.csv": CSV}))
    protected[6] |= 1
    protected[protected.index(b"PK\x01\x02") + 8] |= 1
    return {
        "empty.csv": (b"", "it is empty"),
        "empty.csv.gz": (gzip.compress(b""), "it is empty"),
        "blank.csv": (b"\n\n  \n", "it is empty"),
        "header.csv": (b"a,b,c\n", "none below its header"),
        "noise.csv": (noise, "none of: Parquet"),
        "cut.csv.gz": (gzip.compress(digits)[:-30], "ends too early"),
        "cut.csv.bz2": (bz2.compress(digits)[:-30], "ends too early"),
        "cut.csv.xz": (lzma.compress(digits)[:-30], "ends too early"),
        "cut.csv.zst": (zstandard.compress(digits)[:-30], "ends too early"),
        "bad.csv.gz": (gzip.compress(CSV)[:12] + b"junk" * 5, "whole gzip file"),
        "cut.zip": (zipped({"a.csv": CSV})[:-40], "whole zip file"),
        "none.zip": (zipped({}), "it is empty"),
        "secret.zip": (bytes(protected), "password"),
        "cut.parquet": (written("parquet")[:-50], "whole Parquet file"),
        "cut.feather": (written("feather")[:-50], "whole Arrow file"),
        "cut.json": (written("records")[:-20], "valid JSON"),
        "cut.jsonl": (written("jsonl")[:-20], "valid JSON"),
        "objects.npz": (arrays.getvalue(), "Python objects"),
        "cut.npy": (array.getvalue()[:-20], "must hold the 100 values"),
        "old.xls": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "old Office"),
        "paper.csv": (b"%PDF-1.4 x", "a PDF"),
        "page.csv": (b"<!DOCTYPE html><html>", "web page"),
        "rows.xml": (b'<?xml version="1.0"?><rows><row><a>1</a></row></rows>', "an XML file"),
        "pickle.csv": (b"\x80\x04\x95abc", "pickle"),
        "tar.csv": (bytes(257) + b"ustar" + bytes(500), "whole tar file"),
    }


@pytest.mark.parametrize("name", broken())
def test_what_is_no_table_is_refused_with_a_sentence(tmp_path, name):
    content, says = broken()[name]
    (tmp_path / "out.parquet").write_bytes(b"as it was")
    with pytest.raises(DataError, match=says) as caught:
        read(tmp_path, name, content)
    assert str(tmp_path) not in str(caught.value), "the server's paths are nobody's business"
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted([name, "out.parquet"]), "nothing is left behind"
    assert (tmp_path / "out.parquet").read_bytes() == b"as it was"


def test_a_missing_file_is_refused_with_a_sentence(tmp_path):
    with pytest.raises(DataError, match="There is none at that place"):
        read_table(tmp_path / "x.csv", tmp_path / "out.parquet")


def test_the_content_decides_and_not_the_name(tmp_path):
    for name, content in {"a.parquet": CSV, "a.xlsx": CSV, "a.csv": written("parquet")}.items():
        values, report = read(tmp_path, name, content)
        assert values == EXPECTED
        assert "read as that" in " ".join(report.notes)


@pytest.mark.parametrize("kind", ["csv", "csv.zst", "parquet", "arrows", "xlsx", "jsonl"])
def test_a_preview_shows_the_first_rows_as_they_will_be_read(tmp_path, kind):
    content = CSV if kind == "csv" else zstandard.compress(CSV) if kind == "csv.zst" else written(kind)
    (tmp_path / f"x.{kind}").write_bytes(content)
    frame, report = preview(tmp_path / f"x.{kind}", 2)
    assert frame.iloc[:2]["words"].tolist() == ["x", "y, z"]
    assert report.columns == tuple(EXPECTED)
    assert kind == "xlsx" or len(frame) == 2


def test_options_and_reports_survive_json():
    options = ReadOptions(delimiter=";", missing=("x", "y"), header=False)
    assert ReadOptions.from_dict(json.loads(json.dumps(options.to_dict()))) == options
    report = ReadReport(3, ("a", "b"), "CSV", notes=("One.", "Two."), missing=("NA",))
    assert ReadReport.from_dict(json.loads(json.dumps(report.to_dict())) | {"later": 1}) == report


def test_every_reader_says_what_it_reads():
    for _, reader in READERS.items():
        assert reader.title
        assert all(ending.startswith(".") for ending in reader.endings)
    assert {".csv", ".parquet", ".xlsx", ".json", ".npz"} <= set(readable_endings())
