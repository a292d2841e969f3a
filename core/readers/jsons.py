"""JSON: an array of objects, an object of arrays, or an object per line."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.errors import DataError
from core.readers import READERS
from core.readers.reading.convert import Converter, Source
from core.readers.reading.damage import lacking, reason
from core.readers.reading.engine import connect, literal
from core.readers.reading.report import ReadJob, ReadReport, counted
from core.readers.reading.text import charset
from core.readers.reading.text.lines import NO_LINES, LineCounts
from core.readers.reading.typed import flat_columns

if TYPE_CHECKING:
    import duckdb

_WHOLE = 200 << 20
"""An object of arrays has to be in memory as a whole; larger ones are refused."""
_OBJECT = 64 << 20
_LONG_NUMBER = re.compile(rb"[:\[,]\s*-?\d{19,}\s*[,}\]]")
_OVERLAP = 100
_WRAPPERS = ("data", "records", "rows", "items", "results")


class JsonReader:
    """JSON and JSON Lines."""

    title = "JSON"
    endings = (".json", ".jsonl", ".ndjson", ".geojson")
    order = 50

    def recognises(self, head: bytes, path: Path) -> bool:
        """By an opening bracket and what must follow it."""
        text = _decoded(head).lstrip("\ufeff \t\r\n")
        return re.match(r'\{\s*("|\})|\[\s*[\[{\]]', text) is not None

    def read(self, job: ReadJob) -> ReadReport:
        """Let DuckDB stream objects; turn every other layout into objects first."""
        import duckdb

        text = charset.examine(job.source, job.name, job.options.encoding, job.part(0.0, 0.1))
        file = job.folder / "input.json"
        if text.encoding == "utf-8" and text.clean:
            file.symlink_to(job.source.resolve())
        else:
            charset.rewrite(job.source, file, text, 0, None, job.part(0.1, 0.3))
        written = file
        layout = _layout(file)
        if layout in ("object", "rows"):
            file = _as_lines(job, file)
            layout = "lines"
        try:
            with connect(job.folder) as connection:
                rows, names = self._convert(job, connection, file, layout)
        except duckdb.Error as error:
            raise _broken(job, error) from error
        lines = _lines(job, file, rows) if layout == "lines" and file == written and not job.limit else NO_LINES
        return ReadReport(
            rows,
            names,
            "JSON Lines" if layout == "lines" else "JSON",
            encoding=text.encoding.removesuffix("-sig"),
            notes=tuple(job.notes),
            lines=lines,
        )

    def _convert(
        self, job: ReadJob, connection: duckdb.DuckDBPyConnection, file: Path, layout: str
    ) -> tuple[int, tuple[str, ...]]:
        form = "newline_delimited" if layout == "lines" else "array"
        read = (
            f"SELECT * FROM read_json({literal(file)}, format = '{form}', records = true, sample_size = -1, "
            f"maximum_object_size = {_OBJECT}, maximum_depth = 8, convert_strings_to_integers = false, "
            "map_inference_threshold = -1)"
        )
        read = _with_long_numbers(connection, file, read)
        names, reads = flat_columns(job, connection, read)
        relation = f"SELECT {', '.join(f'{sql} AS c{at}' for at, sql in enumerate(reads))} FROM ({read})"
        kinds = [str(kind) for _, kind, *_ in connection.execute(f"DESCRIBE {relation}").fetchall()]
        typed = {at: f"c{at}" for at, kind in enumerate(kinds) if kind != "VARCHAR"}
        done = Converter(job, connection, Source(tuple(names), lambda _: relation, typed)).run(0.3)
        return done.rows, done.names


READERS.register("json")(JsonReader())


def _with_long_numbers(connection: duckdb.DuckDBPyConnection, file: Path, read: str) -> str:
    """The query with floats as they are written, where the file holds whole numbers beyond 64 bits.

    DuckDB makes floats of these; their text is read as that of any column is.
    """
    described = connection.execute(f"DESCRIBE {read}").fetchall()
    if not any(kind == "DOUBLE" for _, kind, *_ in described) or not _holds_long_numbers(file):
        return read
    kinds = {str(name): "VARCHAR" if kind == "DOUBLE" else str(kind) for name, kind, *_ in described}
    columns = ", ".join(f"{literal(name)}: {literal(kind)}" for name, kind in kinds.items())
    return f"{read.removesuffix(')')}, columns = {{{columns}}})"


def _holds_long_numbers(file: Path) -> bool:
    before = b""
    with file.open("rb") as text:
        while part := text.read(1 << 20):
            if _LONG_NUMBER.search(before + part):
                return True
            before = part[-_OVERLAP:]
    return False


def _lines(job: ReadJob, file: Path, rows: int) -> LineCounts:
    """An object a line, and lines without one."""
    with file.open("rb") as lines:
        filled = [bool(line.strip()) for line in lines]
    empty = filled.count(False)
    if empty:
        job.note(f"{counted(empty, 'empty line')} {'was' if empty == 1 else 'were'} skipped.")
    return LineCounts(total=len(filled), rows=rows, empty=empty)


def _decoded(head: bytes) -> str:
    for bom, encoding in ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"\xef\xbb\xbf", "utf-8-sig")):
        if head.startswith(bom):
            return head[: len(head) & ~1].decode(encoding, "replace")
    return head.decode("utf-8", "replace")


def _layout(file: Path) -> str:
    """Records (an array of objects), rows (an array of arrays), lines, or object (one object that holds the table)."""
    with file.open(encoding="utf-8", errors="replace") as text:
        start = text.read(1 << 16).lstrip("\ufeff \t\r\n")
    if start.startswith("["):
        return "rows" if re.match(r"\[\s*\[", start) else "records"
    first, _, rest = start.partition("\n")
    try:
        one = json.loads(first)
    except ValueError:
        # The first object ends after the first line: one object for all, or objects laid out over lines.
        return "object"
    more = rest.lstrip()
    if more.startswith("{") or not isinstance(one, dict):
        return "lines"
    return "object" if any(isinstance(value, list | dict) for value in one.values()) else "lines"


def _as_lines(job: ReadJob, file: Path) -> Path:
    """Write a table that is one JSON value as an object per line."""
    size = file.stat().st_size
    if size > _WHOLE:
        raise DataError(
            f"A JSON file that is one object, not one per row, may have {_WHOLE >> 20} MB. {job.name!r} has "
            f"{size >> 20:,} MB. Save it as JSON Lines (orient='records', lines=True in pandas), CSV or Parquet."
        )
    text = file.read_text(encoding="utf-8-sig", errors="replace")
    try:
        records = _records(_values(text), job.name)
    except (ValueError, RecursionError) as error:
        if isinstance(error, DataError):
            raise
        raise _broken(job, error) from error
    target = job.folder / "lines.json"
    with target.open("w", encoding="utf-8") as out:
        for record in records:
            out.write(json.dumps(record) + "\n")
    return target


def _values(text: str) -> Any:
    """The value in the text, or a list when several stand one after the other."""
    decoder = json.JSONDecoder(parse_constant=lambda _: None)
    values, at = [], 0
    while at < len(text):
        value, end = decoder.raw_decode(text, at)
        values.append(value)
        at = len(text) - len(text[end:].lstrip())
    return values[0] if len(values) == 1 else values


def _records(value: Any, name: str) -> list[dict[str, Any]]:
    if isinstance(value, dict):
        value = _from_object(value)
    if isinstance(value, list) and value and all(isinstance(row, list) for row in value):
        header = value[0]
        named = len(value) > 1 and all(isinstance(cell, str) for cell in header) and header != value[1]
        named = named and not all(isinstance(cell, str) for row in value[1:50] for cell in row)
        names = [str(cell) for cell in header] if named else [f"column {at + 1}" for at in range(max(map(len, value)))]
        value = [dict(zip(names, row, strict=False)) for row in value[named:]]
    if isinstance(value, list) and value and all(isinstance(row, dict) for row in value):
        return value
    raise DataError(
        f"The JSON file {name!r} must be a table: an array of objects, an object of arrays, or an object per line. "
        "It is something else. Save it in one of these ways, or as CSV."
    )


def _from_object(value: dict[str, Any]) -> Any:
    """The rows of an object: columns of one length, a pandas layout, or a wrapper around the rows."""
    if {"columns", "data"} <= value.keys() and isinstance(value["data"], list):
        return [dict(zip(map(str, value["columns"]), row, strict=False)) for row in value["data"]]
    lists = {key: column for key, column in value.items() if isinstance(column, list)}
    plain = not any(isinstance(cell, dict) for column in lists.values() for cell in column[:1])
    if plain and lists and len(lists) == len(value) and len({len(column) for column in lists.values()}) == 1:
        return [dict(zip(lists, row, strict=True)) for row in zip(*lists.values(), strict=True)]
    for key in _WRAPPERS:
        if isinstance(value.get(key), list):
            return value[key]
    if len(lists) == 1:
        return next(iter(lists.values()))
    inner = list(value.values())
    if inner and all(isinstance(column, dict) for column in inner):
        # pandas' default: column -> row -> value.
        rows = list(dict.fromkeys(row for column in inner for row in column))
        return [{name: column.get(row) for name, column in value.items()} for row in rows]
    return [value]


def _broken(job: ReadJob, error: Exception) -> DataError:
    return lacking(job.name, error) or DataError(
        f"The file {job.name!r} must be a table in valid JSON. It is not: {reason(error)}. "
        "Check that place, or save the table as CSV."
    )
