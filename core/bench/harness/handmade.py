"""Files made by hand to kill, block or fill whoever reads them: each family of attacks in many sizes."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import random
import sqlite3
import struct
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from core.bench.harness.whole_files import held, saved, whole_files, zipped

Named = Iterator[tuple[str, bytes]]

_SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_ROWS = "a,b\n" + "".join(f"{row},{row % 3}\n" for row in range(50))


def handmade(most: int) -> Named:
    """At most so many of them, one of each family in turn: of a few files some are of every family, and small."""
    families = [family() for family in _FAMILIES]
    place = 0
    while families and place < most:
        for family in list(families):
            try:
                name, content = next(family)
            except (StopIteration, ImportError):
                families.remove(family)
                continue
            yield f"{place}-{name}", content
            place += 1
            if place == most:
                return


def _npy(descr: Any, shape: tuple[int, ...], content: bytes = b"") -> bytes:
    header = f"{{'descr': {descr!r}, 'fortran_order': False, 'shape': {shape!r}, }}".encode()
    header += b" " * (-(len(header) + 11) % 64) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + content


def _arrays() -> Named:
    kinds: tuple[Any, ...] = ("<U0", "<f8", "|O", "<U1000000", "<M8[ns]", "|V0", "<c16", [("a", "<f8"), ("b", "<U0")])
    shapes = ((10**6,), (10**12,), (2**62,), (2**31, 2**31), (0,), (3, 0), (-1,), ())
    for kind in kinds:
        for shape in shapes:
            yield "x.npy", _npy(kind, shape, bytes(64))
    for shape in shapes[:4]:
        yield "x.npz", zipped({"X.npy": _npy("<f8", shape), "y.npy": _npy("<U0", shape)})
    yield "x.npz", zipped({f"a{number}.npy": _npy("<f8", (1,), bytes(8)) for number in range(3_000)})
    yield "x.npz", zipped({"../../X.npy": _npy("<f8", (1,), bytes(8))})


def _workbook(rows: str, parts: dict[str, str] | None = None, left_out: str = "") -> bytes:
    types = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    found = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="xml" ContentType="'
        f'application/xml"/><Override PartName="/xl/workbook.xml" ContentType="{types}.sheet.main+xml"/>'
        f'<Override PartName="/xl/sharedStrings.xml" ContentType="{types}.sharedStrings+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="r1" Type="{_OFFICE}/'
        'officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{_SHEET}" xmlns:r="{_OFFICE}"><sheets><sheet name="S" sheetId="1" '
        'r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="r1" Type="'
        f'{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="r2" Type="{_OFFICE}/sharedStrings" '
        'Target="sharedStrings.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{_SHEET}"><sheetData>{rows}</sheetData></worksheet>',
        "xl/sharedStrings.xml": f'<sst xmlns="{_SHEET}"><si><t>s</t></si></sst>',
    } | (parts or {})
    return zipped({name: content.encode() for name, content in found.items() if name != left_out})


def _sheets() -> Named:
    head = '<row r="1"><c t="inlineStr"><is><t>a</t></is></c><c t="inlineStr"><is><t>b</t></is></c></row>'
    rows = head + "".join(f'<row r="{n}"><c><v>{n}</v></c><c><v>1</v></c></row>' for n in range(2, 20))
    for number in ("0", "-1", "1048577", "10000000", "999999999", "1099511627776", "1e9", "abc", "", "2.5"):
        yield "rows.xlsx", _workbook(f'{rows}<row r="{number}"><c><v>1</v></c></row>')
    for place in ("ZZZ1", "XFE1", "AAAAAAA1", "A0", "1A", "", "$A$1", "A99999999999"):
        yield "rows.xlsx", _workbook(f'{rows}<row r="20"><c r="{place}"><v>1</v></c></row>')
    for kind in ("s", "d", "b", "e", "str", "n", "inlineStr", "zz"):
        for value in ("99999999", "-1", "9999999-99-99", "1e400", "x" * 100_000):
            yield "rows.xlsx", _workbook(f'{rows}<row r="20"><c t="{kind}"><v>{value}</v></c></row>')
    for part in ("xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/worksheets/sheet1.xml", "_rels/.rels"):
        yield "rows.xlsx", _workbook(rows, left_out=part)
        yield "rows.xlsx", _workbook(rows, {part: ""})
        yield "rows.xlsx", _workbook(rows, {part: "<a>" * 20_000})
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "ha"}">' for n in range(10))
    for entity in (laughs, '<!ENTITY l9 SYSTEM "file:///etc/passwd">', '<!ENTITY l9 SYSTEM "http://127.0.0.1:9/">'):
        sheet = (
            f'<!DOCTYPE x [{entity}]><worksheet xmlns="{_SHEET}"><sheetData><row><c><v>&l9;</v></c></row></sheetData>'
        )
        yield "rows.xlsx", _workbook(rows, {"xl/worksheets/sheet1.xml": f"{sheet}</worksheet>"})
    yield "rows.xlsx", _workbook(rows + f'<row r="20">{"<c><v>1</v></c>" * 60_000}</row>')
    yield "rows.xlsx", _workbook(rows + f'<row r="20"><c t="inlineStr"><is><t>{"x" * 150_000_000}</t></is></c></row>')


def _json() -> Named:
    for depth in (10, 100, 1_000, 10_000, 300_000):
        yield "rows.json", f'{{"a":{"[" * depth}{"]" * depth}}}'.encode()
        yield "rows.json", ("[" * depth + "]" * depth).encode()
        yield "rows.json", ('[{"a":' * depth + "1" + "}]" * depth).encode()
        yield "rows.jsonl", (('{"a":' * depth + "1" + "}" * depth + "\n") * 3).encode()
    for value in ("1e400", "-", "NaN", '"\\ud800"', "1" * 100_000, '"' + "x" * 9_000_000 + '"', "tru", '"\x00"', "{}"):
        yield "rows.json", f'[{{"a": 1}}, {{"a": {value}}}]'.encode()
    yield "rows.json", json.dumps([{f"c{n}": n for n in range(30_000)}]).encode()
    yield "rows.json", json.dumps([{f"c{n}": n} for n in range(12_000)]).encode()
    yield "rows.json.gz", gzip.compress(b"[" + b"[]," * 30_000_000 + b"[]]")
    yield "rows.json.gz", gzip.compress(b"[" + b'{"a":1},' * 3_000_000 + b'{"a":1}]')
    yield "rows.json", b'{"a":[' + b"1," * 500_000 + b"1]," + b'"b":[1]}'
    yield "rows.json", b'[{"a": 1}' * 100_000


def _text() -> Named:
    yield "rows.csv", ("," * 120_000 + "\n").encode() * 3
    yield "rows.csv", b"\n" * 3_000_000
    yield "rows.csv", b"\x00" * 1_000_000
    yield "rows.csv", b"\xff\xfe" + b"\x00\xd8" * 100_000
    yield "rows.csv", b"\xef\xbb\xbf" * 10_000
    yield "rows.csv", ("a," * 9_000 + "a\n" + "1," * 9_000 + "1\n").encode()
    yield "rows.csv", ("x" * 3_000_000 + ",b\n1,2\n").encode()
    yield "rows.csv", (_ROWS + "\r" * 1_000_000).encode()
    yield "rows.csv", (_ROWS.replace("\n", "\r") + "\x1b[2J\x07\n" * 100).encode()
    yield "rows.csv", ("a,b\n" + "=cmd|'/c calc'!A1,2\n" * 100).encode()
    yield "rows.csv", random.Random(0).randbytes(300_000)
    yield "rows.csv", ('a,b\n"' + '"","' * 500_000).encode()
    yield "rows.csv", ("a;b,c\td|e\n" * 5_000 + "1;2,3\t4|5\n" * 3).encode()
    yield "rows.csv", ("(" * 5_000 + "\n").encode() * 50
    yield "rows.csv", ("a,b\n" + "9" * 50_000 + ",1\n").encode() * 3
    yield "rows.csv", ("a\n" + "2026-13-45T99:99:99\n" * 200 + "0000-00-00\n" * 200).encode()
    for name in (
        "*.csv",
        "[a].csv",
        "a'b\".csv",
        "a\nb.csv",
        "\x1b[31m.csv",
        "ä" * 60 + ".csv",
        "$(id).csv",
        "{x}.csv",
        "%s.csv",
    ):
        yield name, _ROWS.encode()
    for mark in (
        b"%PDF-1.4",
        b"\x89PNG\r\n",
        b"\x7fELF",
        b"Rar!",
        b"RDX3\n",
        b"ORC",
        b"\x80\x04\x95",
        b"MZ\x90",
        b"<?xml ?>",
    ):
        yield "rows.csv", mark + b"\x00\x01" * 100
    yield "rows.csv", (_ROWS + "x" * (33 << 20) + ",1\n" + _ROWS).encode()
    yield "rows.csv", (_ROWS + '"' + "x\n" * 5_000_000).encode()


def _packed() -> Named:
    yield "rows.csv.gz", gzip.compress(gzip.compress(gzip.compress(gzip.compress(_ROWS.encode()))))
    yield "rows.csv.gz", gzip.compress(b"") * 10_000 + gzip.compress(_ROWS.encode())
    yield "rows.csv.gz", gzip.compress(_ROWS.encode()) + b"\x00" * 1_000
    yield "rows.csv.gz", gzip.compress(_ROWS.encode()) + b"garbage"
    for window in (10, 17, 18, 21):
        # A frame's head without a size: the window grows from a kilobyte to 2 GB; then an empty last block.
        yield "rows.csv.zst", b"\x28\xb5\x2f\xfd\x00" + bytes([window << 3]) + b"\x01\x00\x00"
    yield "rows.csv.zst", b"\x28\xb5\x2f\xfd\xe0" + b"\xff" * 8 + b"\x01\x00\x00"
    for name in ("../../etc/rows.csv", "/etc/rows.csv", "C:\\rows.csv", "a\nb.csv", "." * 200 + ".csv"):
        yield "rows.zip", zipped({name: _ROWS.encode()})
    good = zipped({"rows.csv": _ROWS.encode() * 50})
    for at in range(14, 30, 2):
        yield "rows.zip", good[:at] + b"\xff\xff" + good[at + 2 :]
    end = good.rindex(b"PK\x05\x06")
    for at in range(end + 8, end + 20, 2):
        yield "rows.zip", good[:at] + b"\xff\xff" + good[at + 2 :]
    once = io.BytesIO()
    with zipfile.ZipFile(once, "w") as archive:
        archive.writestr("rows.csv", _ROWS)
        archive.writestr("rows.zip", good)
    yield "rows.zip", once.getvalue()
    for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE, tarfile.DIRTYPE):
        yield "rows.tar", _tar("rows.csv", b"", kind)
    yield "rows.tar", _tar("../../rows.csv", _ROWS.encode())
    plain = _tar("rows.csv", _ROWS.encode())
    for size in (b"77777777777\x00", b"\xff" * 12, b"-0000000001\x00", b"\x80" + b"\xff" * 11):
        yield "rows.tar", plain[:124] + size + plain[136:]
    yield "rows.zip", zipped({f"{number}.csv": b"a\n1\n" for number in range(20_000)})
    zeros = bytes(60_000_000)
    yield "rows.csv.gz", gzip.compress(zeros)
    yield "rows.csv.bz2", bz2.compress(zeros)
    yield "rows.csv.xz", lzma.compress(zeros)
    yield "rows.zip", zipped({"rows.csv": zeros})


def _tar(name: str, content: bytes, kind: bytes = tarfile.REGTYPE) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        info = tarfile.TarInfo(name)
        info.size, info.type, info.linkname = len(content), kind, "/etc/passwd"
        archive.addfile(info, io.BytesIO(content))
    return packed.getvalue()


def _arrow() -> Named:
    import pyarrow as pa

    def written(array: Any, *, stream: bool = False) -> bytes:
        sink = pa.BufferOutputStream()
        batch = pa.record_batch([array], names=["a"])
        with (pa.ipc.new_stream if stream else pa.ipc.new_file)(sink, batch.schema) as writer:
            writer.write_batch(batch)
        content: bytes = sink.getvalue().to_pybytes()
        return content

    codes = struct.pack("<4i", 0, 1, 2, 1) * 2
    array = pa.DictionaryArray.from_arrays(pa.array([0, 1, 2, 1] * 40, pa.int32()), ["x", "y", "z"])
    for stream in (False, True):
        for value in (3, 100, 1 << 20, 2**31 - 1, -1, -(2**31)):
            yield "rows.arrow", written(array, stream=stream).replace(codes, struct.pack("<4i", 0, value, 2, 1) * 2)
        texts = written(pa.array(["aa", "bb", "cc", "dd", "ee"]), stream=stream)
        for value in (11, 60_000, 2**31 - 1, -1, 3):
            yield (
                "rows.arrow",
                texts.replace(struct.pack("<6i", 0, 2, 4, 6, 8, 10), struct.pack("<6i", 0, 2, 4, 6, 8, value)),
            )
    for depth in (3, 30, 60):
        kind = pa.int64()
        for _ in range(depth):
            kind = pa.list_(kind)
        yield "rows.arrow", written(pa.nulls(3, kind))
    yield "rows.arrow", b"ARROW1\x00\x00" + bytes(200) + b"ARROW1"
    yield "rows.arrow", b"\xff\xff\xff\xff" + struct.pack("<i", 2**31 - 1) + bytes(64)
    yield "rows.feather", b"FEA1" + bytes(40) + struct.pack("<i", 2**31 - 1) + b"FEA1"


def _parquet() -> Named:
    import pyarrow as pa
    import pyarrow.parquet as pq

    def written(table: Any, **options: Any) -> bytes:
        return held(lambda file: pq.write_table(table, file, **options))

    good = written(pa.table({"a": list(range(100)), "b": ["x"] * 100}))
    for size in (0, 1, 8, 2**31 - 1, 2**32 - 1):
        yield "rows.parquet", good[:-8] + struct.pack("<I", size) + b"PAR1"
    kind: Any = pa.int64()
    for depth in range(1, 91):
        kind = pa.struct([("s", kind)])
        if depth in (5, 30, 90):
            yield "rows.parquet", written(pa.table({"a": pa.nulls(3, kind)}))
    yield "rows.parquet", written(pa.table({"a": pa.array(["x" * 20_000_000] * 30).dictionary_encode()}))
    yield "rows.parquet", written(pa.table({"a": pa.array([0] * 20_000_000, pa.int8())}))
    yield "rows.parquet", written(pa.table({f"c{number}": [1] for number in range(12_000)}))
    yield "rows.parquet", written(pa.table({}))
    yield "rows.parquet", written(pa.table({'a"; DROP TABLE x; --': [1], "": [2], "\x00": [3]}))
    yield "rows.parquet", b"PAR1" + bytes(100) + b"PAR1"


def _databases() -> Named:
    def database(*statements: str) -> bytes:
        def save(path: Path) -> None:
            connection = sqlite3.connect(path)
            for statement in statements:
                connection.execute(statement)
            connection.commit()
            connection.close()

        return saved(save)

    endless = "WITH RECURSIVE r(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM r WHERE x < 3000000) SELECT x FROM r"
    yield "rows.db", database(f"CREATE VIEW v AS {endless}")
    yield "rows.db", database("CREATE TABLE t (a, b)", "INSERT INTO t VALUES (1, zeroblob(200000000))")
    yield (
        "rows.db",
        database(f"CREATE TABLE t ({', '.join(f'c{n}' for n in range(300))})", "INSERT INTO t DEFAULT VALUES"),
    )
    yield (
        "rows.db",
        database('CREATE TABLE "a""; DROP TABLE b; --" (a)', 'INSERT INTO "a""; DROP TABLE b; --" VALUES (1)'),
    )
    yield "rows.db", database("CREATE TABLE t (a, g AS (hex(zeroblob(1000000))))", "INSERT INTO t (a) VALUES (1), (2)")
    good = database("CREATE TABLE t (a, b)", *["INSERT INTO t VALUES (1, 'x')"] * 50)
    for at, value in (
        (16, b"\x00\x00"),
        (16, b"\x00\x03"),
        (18, b"\xff"),
        (28, b"\xff" * 4),
        (100, b"\x02"),
        (101, b"\xff" * 7),
    ):
        yield "rows.db", good[:at] + value + good[at + len(value) :]
    yield "rows.db", good[:200]
    duck = whole_files().get("table.duckdb", b"")
    for at in (0, 8, 12, 100, 4_096, 8_192, 12_288):
        yield "rows.duckdb", duck[:at] + b"\xff" * 8 + duck[at + 8 :]


def _hdf5() -> Named:
    import h5py

    def file(fill: Callable[[Any], object]) -> bytes:
        def save(path: Path) -> None:
            with h5py.File(path, "w") as opened:
                fill(opened)

        return saved(save)

    for shape in ((10**12,), (10**6, 10**6), (20_000_000,)):
        yield "rows.h5", file(partial(_claim, shape=shape))
    yield "rows.h5", file(lambda f: f.__setitem__("a", h5py.ExternalLink("/etc/passwd", "x")))
    yield "rows.h5", file(lambda f: f.__setitem__("a", h5py.SoftLink("/a")))
    yield "rows.h5", file(lambda f: f.__setitem__("loop", f["/"]))
    yield "rows.h5", file(lambda f: [f.create_dataset(f"d{number}", data=[1.0]) for number in range(2_000)])


def _claim(file: Any, shape: tuple[int, ...]) -> None:
    """An array of which nothing was ever written."""
    file.create_dataset("X", shape=shape, dtype="f8", chunks=True)


def _pages() -> Named:
    row = "<tr><td>1</td><td>2</td></tr>"
    yield "rows.html", f'<html><table><tr><td colspan="999999999">1</td></tr>{row * 5}</table>'.encode()
    yield "rows.html", f'<html><table><tr><td rowspan="999999999">1</td><td>2</td></tr>{row * 5}</table>'.encode()
    for depth in (100, 3_000, 50_000):
        yield "rows.html", ("<html>" + "<table><tr><td>" * depth + "1").encode()
        yield "rows.html", ("<html>" + "<div>" * depth + f"<table>{row * 3}</table>").encode()
    wide = "<tr>" + "<td>1</td>" * 400 + "</tr>"
    yield "rows.html", ("<html><table>" + wide * 400 + "</table>").encode()
    yield "rows.html", b"<!DOCTYPE html [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><table><tr><td>&x;</td></tr></table>"


def _others() -> Named:
    yield "rows.arff", ("@relation t\n" + "@attribute a numeric\n" * 30_000 + "@data\n1\n").encode()
    yield "rows.arff", b"@relation t\n@attribute a numeric\n@data\n{999999999 1}\n{0 1}\n"
    yield "rows.arff", b"@relation t\n@attribute a {" + b"x," * 500_000 + b"y}\n@data\nx\n"
    yield "rows.csv", b"\r\n" * 60 + _ROWS.encode()
    yield "rows.csv", b"% x\r\r\n" * 60 + _ROWS.encode()
    yield "rows.csv", b"<!-- -->" * 60 + _ROWS.encode()
    yield "rows.arff", b"@relation t\n@attribute a relational\n" * 2_000 + b"@data\n1\n"
    whole = whole_files()
    for name in ("table.mat", "table.dta", "table.sav", "table.xpt"):
        content = whole.get(name, b"")
        for at in range(60, 200, 20):
            for value in (b"\xff" * 4, b"\x7f\xff\xff\xff"):
                if content:
                    yield name, content[:at] + value + content[at + 4 :]


_FAMILIES: tuple[Callable[[], Named], ...] = (
    _arrays, _sheets, _json, _text, _packed, _arrow, _parquet, _databases, _hdf5, _pages, _others,
)  # fmt: skip
