"""Files that were made or damaged to kill, block or fill: each is a sentence, within bounds."""

import gzip
import io
import json
import struct
import zipfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from core.errors import DataError
from core.readers import ReadOptions, read_table
from core.readers.process.limits import Limits
from core.readers.process.one_file import read_file
from core.readers.process.requests import READ_FILE, request
from core.readers.process.run import Spent, run_apart
from core.readers.reading import archives

SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"


def refused(tmp_path: Path, name: str, content: bytes) -> str:
    """The sentence that a file is refused with."""
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError) as caught:
        read_table(tmp_path / name, tmp_path / "out.parquet")
    assert "Traceback" not in str(caught.value)
    assert not (tmp_path / "out.parquet").exists()
    return str(caught.value)


def workbook(rows: str, strings: str = "") -> bytes:
    """A workbook whose only sheet holds these rows as they are written."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "[Content_Types].xml",
            f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="xml" ContentType="application/xml"/>'
            '<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.'
            'spreadsheetml.sheet.main+xml"/><Override PartName="/xl/sharedStrings.xml" ContentType="application/'
            'vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/></Types>',
        )
        archive.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r1" Type="{OFFICE}/officeDocument" '
            'Target="xl/workbook.xml"/></Relationships>',
        )
        archive.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{SHEET}" xmlns:r="{OFFICE}"><sheets><sheet name="S" sheetId="1" r:id="r1"/></sheets>'
            "</workbook>",
        )
        archive.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r1" Type="{OFFICE}/worksheet" '
            f'Target="worksheets/sheet1.xml"/><Relationship Id="r2" Type="{OFFICE}/sharedStrings" '
            'Target="sharedStrings.xml"/></Relationships>',
        )
        archive.writestr(
            "xl/worksheets/sheet1.xml", f'<worksheet xmlns="{SHEET}"><sheetData>{rows}</sheetData></worksheet>'
        )
        archive.writestr("xl/sharedStrings.xml", f'<sst xmlns="{SHEET}">{strings}</sst>')
    return held.getvalue()


def row(number: int, *values: str) -> str:
    """A row of numbers."""
    return f'<row r="{number}">' + "".join(f"<c><v>{value}</v></c>" for value in values) + "</row>"


HEADER = '<row r="1"><c t="inlineStr"><is><t>a</t></is></c><c t="inlineStr"><is><t>b</t></is></c></row>'
ROWS = HEADER + "".join(row(number, str(number), "1") for number in range(2, 12))


def arrow(array: pa.Array) -> bytes:
    """An Arrow file of one column."""
    sink = pa.BufferOutputStream()
    batch = pa.record_batch([array], names=["a"])
    with pa.ipc.new_file(sink, batch.schema) as writer:
        writer.write_batch(batch)
    return sink.getvalue().to_pybytes()


def test_an_index_that_points_out_of_a_dictionary_is_found_before_it_is_followed(tmp_path):
    content = arrow(pa.DictionaryArray.from_arrays(pa.array([0, 1, 2, 1] * 40, pa.int32()), ["x", "y", "z"]))
    written = struct.pack("<4i", 0, 1, 2, 1) * 2
    assert content.count(written) > 0
    said = refused(tmp_path, "rows.arrow", content.replace(written, struct.pack("<4i", 0, 1, 1 << 30, 1) * 2, 1))
    assert "must be a whole Arrow file" in said
    assert "out of bounds" in said


def test_a_text_that_runs_past_its_buffer_is_found_before_it_is_read(tmp_path):
    content = arrow(pa.array(["aa", "bb", "cc", "dd", "ee"]))
    written = struct.pack("<6i", 0, 2, 4, 6, 8, 10)
    assert content.count(written) == 1
    said = refused(tmp_path, "rows.arrow", content.replace(written, struct.pack("<6i", 0, 2, 4, 6, 8, 60_000)))
    assert "must be a whole Arrow file" in said


def test_a_row_number_beyond_any_sheet_is_refused(tmp_path):
    said = refused(tmp_path, "rows.xlsx", workbook(ROWS + row(999_999_999, "1", "2")))
    assert "1,048,576 rows at most" in said


def test_columns_of_a_sheet_are_counted_before_they_are_written(tmp_path):
    """A row of many cells makes every other as wide: 2,000 rows would be 24 MB of nothing."""
    many = HEADER + "".join(row(number, str(number), "1") for number in range(2, 2_000))
    (tmp_path / "rows.xlsx").write_bytes(workbook(many + row(2_000, *["1"] * 12_000)))
    scratch, spent = tmp_path / "scratch", Spent()
    scratch.mkdir()
    asked = request(tmp_path / "rows.xlsx", "rows.xlsx", ReadOptions())
    with pytest.raises(DataError, match=r"may have 10,000 columns.* has 12,000"):
        run_apart(READ_FILE, "rows.xlsx", asked, scratch, spent=spent)
    assert spent.disk_mb < 5


def test_a_shared_text_that_is_not_there_is_a_sentence(tmp_path):
    said = refused(tmp_path, "rows.xlsx", workbook(ROWS + '<row r="12"><c t="s"><v>99999999</v></c></row>'))
    assert "'rows.xlsx' must be a whole Excel file" in said


def test_a_link_to_another_workbook_is_not_followed_and_does_no_harm(tmp_path):
    packed = workbook(ROWS)
    held = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(packed)) as old, zipfile.ZipFile(held, "w") as new:
        for info in old.infolist():
            content = old.read(info)
            if info.filename == "xl/workbook.xml":
                content = content.replace(
                    b"</workbook>",
                    b'<externalReferences><externalReference r:id="r9"/></externalReferences></workbook>',
                )
            if info.filename == "xl/_rels/workbook.xml.rels":
                link = f'<Relationship Id="r9" Type="{OFFICE}/externalLink" Target="/etc/passwd"/></Relationships>'
                content = content.replace(b"</Relationships>", link.encode())
            new.writestr(info, content)
    (tmp_path / "rows.xlsx").write_bytes(held.getvalue())
    assert read_table(tmp_path / "rows.xlsx", tmp_path / "out.parquet").rows == 10


def test_a_sheet_that_says_it_is_smaller_than_it_is_loses_no_row(tmp_path):
    packed = workbook(ROWS)
    held = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(packed)) as old, zipfile.ZipFile(held, "w") as new:
        for info in old.infolist():
            content = old.read(info).replace(b"<sheetData>", b'<dimension ref="A1:A3"/><sheetData>')
            new.writestr(info, content)
    (tmp_path / "rows.xlsx").write_bytes(held.getvalue())
    report = read_table(tmp_path / "rows.xlsx", tmp_path / "out.parquet")
    assert (report.rows, report.columns) == (10, ("a", "b"))


def test_a_header_that_claims_fewer_than_no_values_is_refused(tmp_path):
    held = io.BytesIO()
    np.lib.format.write_array_header_1_0(held, {"descr": "<f8", "fortran_order": False, "shape": (-1,)})
    assert "must hold the -1 values" in refused(tmp_path, "x.npy", held.getvalue())


@pytest.mark.parametrize("dtype", ["<U0", "<f8"])
def test_a_header_that_claims_more_values_than_the_file_holds_is_refused(tmp_path, dtype):
    held = io.BytesIO()
    np.lib.format.write_array_header_1_0(held, {"descr": dtype, "fortran_order": False, "shape": (10**12,)})
    content = held.getvalue()
    assert "1,000,000,000,000 values" in refused(tmp_path, "x.npy", content)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("X.npy", content)
    assert "1,000,000,000,000 values" in refused(tmp_path, "x.npz", packed.getvalue())


@pytest.mark.parametrize("name", ["rows.csv.gz", "rows.zip", "x.npz", "rows.xlsx"])
def test_what_grows_as_no_table_does_is_refused_before_it_is_laid_down(tmp_path, monkeypatch, name):
    zeros = b"0\n" * 3_000_000
    held = io.BytesIO()
    if name.endswith(".gz"):
        content = gzip.compress(zeros)
    elif name.endswith(".xlsx"):
        content = workbook(ROWS + f'<row r="12"><c t="inlineStr"><is><t>{"x" * 6_000_000}</t></is></c></row>')
    else:
        with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("X.npy" if name == "x.npz" else "rows.csv", zeros)
        content = held.getvalue()
    (tmp_path / name).write_bytes(content)
    # Here a megabyte is much, so that the test needs no gigabytes.
    monkeypatch.setattr(archives, "UNASKED", 1 << 20)
    monkeypatch.setattr("core.readers.excel._UNASKED", 1 << 20)
    with pytest.raises(DataError, match="unpacks to more than 250 times its size"):
        read_file(request(tmp_path / name, name, ReadOptions()), tmp_path, lambda _: None)
    assert sum(file.stat().st_size for file in tmp_path.iterdir() if file.name != name) < 3 << 20


def test_quotes_of_a_line_are_looked_for_once_however_many_there_are(tmp_path):
    """Each of them was followed to the end of the line: a line of two megabytes took hours."""
    (tmp_path / "rows.csv").write_text('a,b\n"' + '"","' * 500_000)
    limits = Limits(memory_mb=2_000, disk_mb=100, seconds=120.0)
    with pytest.raises(DataError, match="may have 10,000 columns"):
        run_apart(
            READ_FILE, "rows.csv", request(tmp_path / "rows.csv", "rows.csv", ReadOptions()), tmp_path, limits=limits
        )


@pytest.mark.parametrize("odd", ["²0260103020000", "٣", "\uff11\uff12", "½", "²"])
def test_digits_of_other_kinds_are_no_reason_to_fail(tmp_path, odd):
    (tmp_path / "rows.csv").write_text(
        "a,b\n" + "".join(f"{20_260_103_020_000 + n},{n}\n" for n in range(50)) + f"{odd},1\n"
    )
    assert read_table(tmp_path / "rows.csv", tmp_path / "out.parquet").rows == 51


def test_whatever_a_library_meets_in_a_file_is_damage(tmp_path):
    header = b"{'descr': '<f8', 'fortran_order': False, 'shape': (3,".ljust(117) + b"\n"
    said = refused(tmp_path, "x.npy", b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + bytes(24))
    assert "must be a whole NumPy file" in said


def test_a_window_of_zstd_larger_than_its_own_program_takes_is_refused(tmp_path):
    # A frame's head: no size, a window of 2 GB; then an empty block that is the last.
    content = b"\x28\xb5\x2f\xfd\x00" + bytes([21 << 3]) + b"\x01\x00\x00"
    assert "more than 128 MB of memory" in refused(tmp_path, "rows.csv.zst", content)


def test_json_nested_without_end_is_a_sentence(tmp_path):
    deep = '{"a":' + "[" * 100_000 + "]" * 100_000 + "}"
    assert "nested too deeply" in refused(tmp_path, "rows.json", deep.encode())


def test_json_that_is_small_packed_and_large_in_memory_is_ended(tmp_path, monkeypatch):
    monkeypatch.setenv("ANOMALENS_READ_MEMORY_MB", "300")
    lists = gzip.compress(b"[" + b"[]," * 8_000_000 + b"[]]")
    assert "takes more than the 300 MB of memory" in refused(tmp_path, "rows.json.gz", lists)


def test_a_line_longer_than_any_buffer_is_counted_and_said(tmp_path):
    lines = "".join(f"{number},1\n" for number in range(500))
    (tmp_path / "rows.csv").write_text(f"a,b\n{lines}{'x' * (33 << 20)},1\n{lines}")
    report = read_table(tmp_path / "rows.csv", tmp_path / "out.parquet")
    assert report.rows == 1000
    assert report.lines.rejected == 1
    assert "1 row was left out, longer than 8 MB." in report.notes


def test_a_table_with_a_value_beyond_the_memory_of_the_reader_is_a_sentence(tmp_path):
    lines = "".join(json.dumps({"a": number}) + "\n" for number in range(100))
    said = refused(tmp_path, "rows.jsonl", (lines + json.dumps({"a": "x" * (65 << 20)}) + "\n").encode())
    assert "more memory at once" in said


@pytest.mark.parametrize("above", ["\n" * 300, "% x\r\r\n" * 100, "<!-- -->\n" * 100, " \t\n" * 300], ids=repr)
def test_formats_are_told_apart_at_once_whatever_stands_above(tmp_path, above):
    """Patterns with many ways to match the same lines took 2 to the power of these lines."""
    (tmp_path / "rows.csv").write_text(above + "a,b\n" + "".join(f"{number},1\n" for number in range(50)), newline="")
    report = run_apart(
        READ_FILE,
        "rows.csv",
        request(tmp_path / "rows.csv", "rows.csv", ReadOptions()),
        tmp_path,
        limits=Limits(memory_mb=2_000, disk_mb=100, seconds=120.0),
    )
    assert report["rows"] >= 49
