"""The columns of files with types of their own: the type of each in a table, nested columns flattened."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from core.errors import DataError
from core.readers.reading.engine import connect, literal, one_of, quoted, write_parquet
from core.readers.reading.names import clean_names
from core.readers.reading.report import ReadJob, listed
from core.readers.reading.words import codes_among

if TYPE_CHECKING:
    import duckdb

MOST_COLUMNS = 10_000
"""Each costs memory whatever the number of rows."""
_INTEGERS = {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER"}
_PATH = re.compile(r"""( in file| file|) (?:"/[^"]*"|'/[^']*'|/\S*/[^/\s'"]*(?<![,:.]))""")
_INSTEAD = {" in file": "", " file": " file", "": " it"}
"""What stands for a path, after the words before it."""
_PANDAS_INDEX = "__index_level_"


def flat_columns(job: ReadJob, connection: duckdb.DuckDBPyConnection, relation: str) -> tuple[list[str], list[str]]:
    """The names of a relation's columns in a table, and the SQL of each.

    Records within columns become columns of their own (``address.city``), lists become text; bytes are left out.
    """
    described = connection.execute(f"DESCRIBE {relation}").fetchall()
    names: list[str] = []
    reads: list[str] = []
    left_out: list[str] = []
    for name, kind, *_ in described:
        if str(name).startswith(_PANDAS_INDEX):
            left_out.append(str(name))
            continue
        _add(str(name), quoted(str(name)), str(kind), names, reads, left_out)
    if not names:
        raise DataError(f"The file {job.name!r} must have columns of numbers, words or dates. It has none.")
    if len(names) > MOST_COLUMNS:
        raise DataError(
            f"A table may have {MOST_COLUMNS:,} columns. {job.name!r} has {len(names):,}. Choose the ones that matter."
        )
    if left_out:
        job.note(f"Columns without values that a table can show were left out: {listed(left_out)}.")
    cleaned, notes = clean_names(names)
    for note in notes:
        job.note(note)
    return cleaned, reads


def damaged(name: str, title: str, error: Exception) -> DataError:
    """The error for a file that begins like one of a format and does not go on like it, or for a disk that is full."""
    if "No space left" in str(error):
        return full_disk(name)
    return DataError(
        f"The file {name!r} must be a whole {title} file, but it cannot be read ({reason(error)}). It may have been "
        "cut off on its way: copy or upload it again."
    )


def reason(error: Exception) -> str:
    """What a library says went wrong, in one line and without the server's paths."""
    first = (str(error).strip().splitlines() or [type(error).__name__])[0].split("Error: ", 1)[-1]
    return _PATH.sub(lambda found: _INSTEAD[found[1]], first).rstrip(". ,:")[:160]


def full_disk(name: str) -> DataError:
    """The error for a file that cannot be laid down, because nothing more fits."""
    return DataError(
        f"The disk is full, so {name!r} could not be read. Free some space on it, or set ANOMALENS_HOME to a folder on "
        "another disk."
    )


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
    """The SQL of a value of any flat type as one of the few that a table holds; empty for bytes."""
    base = kind.split("(")[0].upper()
    if base in ("BLOB", "BIT", "GEOMETRY"):
        return ""
    if base in ("DOUBLE", "FLOAT"):
        return f"CASE WHEN isfinite({read}) THEN {read} END"
    if base in _INTEGERS or base in ("BOOLEAN", "VARCHAR", "TIMESTAMP"):
        return read
    if base == "TIMESTAMPTZ_NS":
        return f"CAST(CAST({read} AS TIMESTAMP_NS) AS TIMESTAMP)"
    if "WITH TIME ZONE" in kind:
        return f"make_timestamp(epoch_us({read}))"
    if base == '"NULL"':
        return "CAST(NULL AS DOUBLE)"
    if base == "DATE" or base.startswith("TIMESTAMP"):
        return f"CAST({read} AS TIMESTAMP)"
    if base in ("UBIGINT", "HUGEINT", "UHUGEINT", "DECIMAL", "BIGNUM"):
        return f"CAST({read} AS DOUBLE)"
    if base == "INTERVAL":
        return f"CAST(epoch({read}) AS DOUBLE)"
    return f"CAST({read} AS VARCHAR)"


def _add(name: str, read: str, kind: str, names: list[str], reads: list[str], left_out: list[str]) -> None:
    if kind.startswith("STRUCT(") and kind.endswith(")"):
        for field, inner in struct_fields(kind):
            _add(
                f"{name}.{field}",
                f"struct_extract({read}, '{field.replace(chr(39), chr(39) * 2)}')",
                inner,
                names,
                reads,
                left_out,
            )
        return
    if kind == "JSON":
        names.append(name)
        reads.append(f"json_extract_string({read}, '$')")
        return
    if kind.endswith("]") or kind.startswith(("MAP(", "UNION(", "STRUCT(", "VARIANT")):
        names.append(name)
        reads.append(f"CAST({read} AS VARCHAR)")
        return
    sql = plain(read, kind)
    if not sql:
        left_out.append(name)
        return
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
