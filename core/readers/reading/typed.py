"""The columns of files with types of their own: the type of each in a table, nested columns flattened."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from core.errors import DataError
from core.readers.reading.engine import connect, literal, one_of, quoted, write_parquet
from core.readers.reading.names import clean_names
from core.readers.reading.report import ReadJob, listed
from core.readers.reading.words import codes_among

if TYPE_CHECKING:
    import duckdb

MOST_COLUMNS = 10_000
"""Each costs memory whatever the number of rows."""
_KEPT = {
    "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT",
    "DECIMAL", "BOOLEAN", "VARCHAR", "TIMESTAMP", "TIMESTAMP_NS",
}  # fmt: skip
"""Types that a table holds as they are."""
_PANDAS_INDEX = "__index_level_"
_LOOKED_AT = 2_000
_MOST_BYTES = 256
"""Longer ones are pictures and documents, not values."""
_TICKS = {"s": 0, "ms": 3, "us": 6, "ns": 9}
"""Decimals that a second has, counted in each unit."""


def flat_columns(
    job: ReadJob, connection: duckdb.DuckDBPyConnection, relation: str, durations: Mapping[str, str] | None = None
) -> tuple[list[str], list[str]]:
    """The names of a relation's columns in a table, and the SQL of each.

    Records within columns become columns of their own (``address.city``), lists become text, and so do bytes unless
    they are long. Every value keeps its digits: a table holds whole numbers of any size, decimals, and nanoseconds.

    Parameters
    ----------
    job, connection, relation
        The file on its way, and the rows.
    durations
        Columns of whole numbers that count the ticks of a duration, by name (``record.field``), with the unit.
    """
    described = connection.execute(f"DESCRIBE {relation}").fetchall()
    names: list[str] = []
    reads: list[str] = []
    left_out: list[str] = []
    notes = _Kinds(durations or {})
    notes.long = _long_bytes(connection, relation, [str(n) for n, kind, *_ in described if str(kind) == "BLOB"])
    for name, kind, *_ in described:
        if str(name).startswith(_PANDAS_INDEX):
            left_out.append(str(name))
            continue
        _add(str(name), quoted(str(name)), str(kind), names, reads, left_out, notes)
    if not names:
        raise DataError(f"The file {job.name!r} must have columns of numbers, words or dates. It has none.")
    if len(names) > MOST_COLUMNS:
        raise DataError(
            f"A table may have {MOST_COLUMNS:,} columns. {job.name!r} has {len(names):,}. Choose the ones that matter."
        )
    if left_out:
        job.note(f"Columns without values that a table can show were left out: {listed(left_out)}.")
    cleaned, renamed = clean_names(names)
    for note in (*renamed, *notes.sentences()):
        job.note(note)
    return cleaned, reads


@dataclass
class _Kinds:
    """Columns of which a type needs words: what they count in, or that they are kept as text."""

    durations: Mapping[str, str]
    long: set[str] = field(default_factory=set)
    """Columns of bytes that are too long for a table."""
    counted: list[str] = field(default_factory=list)
    months: list[str] = field(default_factory=list)
    zoned: list[str] = field(default_factory=list)
    as_bytes: list[str] = field(default_factory=list)

    def sentences(self) -> Iterator[str]:
        """What there is to say of them."""
        if self.counted:
            yield f"Durations are counted in seconds: {listed(self.counted)}."
        if self.months:
            yield f"A month counts as 30 days, a day as 24 hours, in the durations of {listed(self.months)}."
        if self.zoned:
            yield f"Moments with a time zone are read and shown in UTC: {listed(self.zoned)}."
        if self.as_bytes:
            yield f"Bytes are kept as text, \\x00 for what is no letter: {listed(self.as_bytes)}."


def _long_bytes(connection: duckdb.DuckDBPyConnection, relation: str, columns: list[str]) -> set[str]:
    """The columns of bytes whose first values are longer than a cell of a table should be."""
    if not columns:
        return set()
    longest = ", ".join(f"max(octet_length({quoted(name)}))" for name in columns)
    (found,) = connection.execute(f"SELECT {longest} FROM ({relation} LIMIT {_LOOKED_AT})").fetchall()
    return {name for name, most in zip(columns, found, strict=True) if most is not None and most > _MOST_BYTES}


def without_words(read: str, words: Sequence[str]) -> str:
    """The SQL of a value of any type that is none of the words, or numbers, which mean missing."""
    if not words:
        return read
    text = f"CAST({read} AS VARCHAR)"
    codes = ", ".join(map(repr, codes_among(words)))
    number = f" AND coalesce(TRY_CAST({text} AS DOUBLE) NOT IN ({codes}), true)" if codes else ""
    return f"CASE WHEN NOT {one_of(f'trim({text})', words)}{number} THEN {read} END"


def leave_out_words(job: ReadJob) -> None:
    """Rewrite what a reader wrote without the words that the user says mean missing."""
    written = job.folder / "with-words.parquet"
    job.out.replace(written)
    with connect(job.folder) as connection:
        relation = f"read_parquet({literal(written)})"
        names = [str(name) for name, *_ in connection.execute(f"DESCRIBE SELECT * FROM {relation}").fetchall()]
        reads = ", ".join(f"{without_words(quoted(n), job.options.missing)} AS {quoted(n)}" for n in names)
        write_parquet(connection, f"SELECT {reads} FROM {relation}", len(names), job.out, lambda _: None)


def plain(read: str, kind: str) -> str:
    """The SQL of a value of any flat type as one of those that a table holds; empty for what none holds."""
    base = kind.split("(")[0].upper()
    if base in ("BIT", "GEOMETRY"):
        return ""
    if base in ("DOUBLE", "FLOAT"):
        return f"CASE WHEN NOT isnan({read}) THEN {read} END"
    if base in _KEPT:
        return read
    if base == "TIMESTAMPTZ_NS":
        return f"CAST({read} AS TIMESTAMP_NS)"
    if "WITH TIME ZONE" in kind:
        return f"make_timestamp(epoch_us({read}))"
    if base == '"NULL"':
        return "CAST(NULL AS DOUBLE)"
    if base == "DATE" or base.startswith("TIMESTAMP"):
        return f"CAST({read} AS TIMESTAMP)"
    if base == "HUGEINT":
        return f"CAST({read} AS DECIMAL(38,0))"
    if base == "INTERVAL":
        return ticks(f"epoch_us({read})", "us")
    # Times of day, bytes, and whole numbers that no type of Parquet holds.
    return f"CAST({read} AS VARCHAR)"


def ticks(read: str, unit: str) -> str:
    """The SQL of a whole number of seconds, milli-, micro- or nanoseconds as exact seconds."""
    places = _TICKS[unit]
    if not places:
        return f"CAST({read} AS BIGINT)"
    # A product of decimals is exact, a quotient would be a float.
    return f"CAST({read} AS DECIMAL(19,0)) * CAST({10.0**-places:.{places}f} AS DECIMAL({places},{places}))"


def durations_of(schema: Any, before: str = "") -> dict[str, str]:
    """The columns of an Arrow schema that hold durations, by name (``record.field``), and the unit of each."""
    import pyarrow as pa

    found: dict[str, str] = {}
    for at in range(schema.num_fields if isinstance(schema, pa.DataType) else len(schema)):
        part = schema.field(at)
        if pa.types.is_duration(part.type):
            found[before + part.name] = part.type.unit
        elif pa.types.is_struct(part.type):
            found |= durations_of(part.type, f"{before}{part.name}.")
    return found


def _add(
    name: str, read: str, kind: str, names: list[str], reads: list[str], left_out: list[str], notes: _Kinds
) -> None:
    if kind.startswith("STRUCT(") and kind.endswith(")"):
        for part, inner in struct_fields(kind):
            at = f"struct_extract({read}, '{part.replace(chr(39), chr(39) * 2)}')"
            _add(f"{name}.{part}", at, inner, names, reads, left_out, notes)
        return
    if name in notes.durations and kind == "BIGINT":
        notes.counted.append(name)
        sql = ticks(read, notes.durations[name])
    elif kind == "JSON":
        sql = f"json_extract_string({read}, '$')"
    elif kind.endswith("]") or kind.startswith(("MAP(", "UNION(", "STRUCT(", "VARIANT")):
        sql = f"CAST({read} AS VARCHAR)"
    else:
        sql = "" if name in notes.long else plain(read, kind)
    if not sql:
        left_out.append(name)
        return
    if kind == "INTERVAL":
        notes.counted.append(name)
        notes.months.append(name)
    if "WITH TIME ZONE" in kind or kind == "TIMESTAMPTZ_NS":
        notes.zoned.append(name)
    if kind == "BLOB":
        notes.as_bytes.append(name)
    names.append(name)
    reads.append(sql)


def struct_fields(kind: str) -> list[tuple[str, str]]:
    """The fields of ``STRUCT(a BIGINT, "b c" STRUCT(…))`` with their types."""
    body = kind[len("STRUCT(") : -1]
    parts, depth, quotes, start = [], 0, False, 0
    for at, character in enumerate(body):
        if character == '"':
            quotes = not quotes
        elif not quotes and character in "(,)":
            depth += {"(": 1, ")": -1, ",": 0}[character]
            if character == "," and depth == 0:
                parts.append(body[start:at].strip())
                start = at + 1
    parts.append(body[start:].strip())
    return [_named(part) for part in parts if part]


def _named(part: str) -> tuple[str, str]:
    if part.startswith('"'):
        end = 1
        while part[end] != '"' or part[end + 1 : end + 2] == '"':
            end += 2 if part[end] == '"' else 1
        return part[1:end].replace('""', '"'), part[end + 1 :].strip()
    name, _, kind = part.partition(" ")
    return name, kind.strip()
