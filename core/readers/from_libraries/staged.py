"""Rows that a library hands over, laid down as Parquet first: the types of columns are found in several passes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

from core.readers.reading.convert import Converted, Converter, Source
from core.readers.reading.engine import connect, literal, quoted
from core.readers.reading.names import clean_names
from core.readers.reading.report import ReadJob, ReadReport, counted, listed
from core.readers.reading.typed import durations_of, flat_columns

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb

_CELLS = 1_000_000
_WHOLE = 2**53
"""From here on a float does not tell one whole number from the next."""


def stage_texts(
    job: ReadJob, names: Sequence[str], rows: Iterable[Sequence[str | None]], progress: Callable[[int], None]
) -> Path:
    """Write rows of texts to a Parquet file of columns named c0, c1 and so on."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    target = job.folder / "staged.parquet"
    schema = pa.schema([(f"c{place}", pa.string()) for place in range(len(names))])
    left, step, count = iter(rows), max(1, _CELLS // max(len(names), 1)), 0
    with pq.ParquetWriter(target, schema, compression="zstd", compression_level=1) as writer:
        while part := list(islice(left, step)):
            columns = [pa.array(column, pa.string()) for column in zip(*part, strict=True)]
            writer.write_table(pa.Table.from_arrays(columns, schema=schema))
            count += len(part)
            progress(count)
    return target


def convert_texts(
    job: ReadJob,
    names: Sequence[str],
    rows: Iterable[Sequence[str | None]],
    *,
    words: frozenset[int] = frozenset(),
    progress: Callable[[int], None] = lambda _: None,
    start: float = 0.5,
) -> Converted:
    """Find the types of columns whose values are texts, and write the table.

    Parameters
    ----------
    job
        The file on its way.
    names
        Of the columns; cleaned here.
    rows
        The texts of each row, None where there is no value.
    words
        The places of columns that hold words even where all of these are numbers: ``1``, ``2`` as names of classes.
    progress
        Called with the number of rows that came so far.
    start
        The share of the work that is done once all rows came.
    """
    cleaned, notes = clean_names(names)
    for note in notes:
        job.note(note)
    staged = stage_texts(job, cleaned, rows, progress)
    relation = f"SELECT * FROM read_parquet({literal(staged)})"
    typed = {place: f"nullif(trim(c{place}), '')" for place in words}
    with connect(job.folder, len(cleaned)) as connection:
        return Converter(job, connection, Source(tuple(cleaned), lambda _: relation, typed)).run(start)


def convert_batches(job: ReadJob, schema: Any, batches: Iterable[Any], title: str) -> ReadReport:
    """Write the table of Arrow's record batches, which can be read once."""
    import pyarrow as pa

    durations, wide = durations_of(schema), _without_loss(schema)
    whole = map(_validated, batches)
    left = (batch.cast(wide) for batch in whole) if wide is not schema else whole
    first = list(islice(left, 1))
    with connect(job.folder) as connection:
        relation = "SELECT * FROM batches"
        # DuckDB finds the reader by its registered name, and reads it once: types first, from the first rows.
        connection.register("batches", pa.Table.from_batches(first, wide))
        names, typed = flat_columns(job, connection, relation, durations)
        connection.unregister("batches")
        connection.register("batches", pa.RecordBatchReader.from_batches(wide, chain(first, left)))
        source = Source(tuple(names), lambda _: relation, dict(enumerate(typed)))
        done = Converter(job, connection, source).run()
    return ReadReport(done.rows, done.names, title, missing=done.missing, notes=tuple(job.notes))


def _validated(batch: Any) -> Any:
    """The batch, looked through: a length or an index that points out of it would have any memory read as values."""
    batch.validate(full=True)
    return batch


def _without_loss(schema: Any) -> Any:
    """The schema with the types that DuckDB would read of fewer digits in such as keep all; itself where there is none.

    Durations as their whole numbers of ticks (DuckDB counts no nanoseconds), decimals of more than 38 digits as text.
    """
    import pyarrow as pa

    def kept(field: Any) -> Any:
        if pa.types.is_duration(field.type):
            return field.with_type(pa.int64())
        return field.with_type(pa.string()) if pa.types.is_decimal256(field.type) else field

    fields = [kept(field) for field in schema]
    return schema if all(a is b for a, b in zip(fields, schema, strict=True)) else pa.schema(fields)


def convert_frames(
    job: ReadJob,
    frames: Iterable[Any],
    schema: Any,
    title: str,
    *,
    labels: Mapping[str, Mapping[Any, str]],
    start: float = 0.6,
) -> ReadReport:
    """Write the table of data frames that come a stretch of rows at a time.

    Parameters
    ----------
    job
        The file on its way.
    frames
        The stretches, every one with the columns of ``schema``.
    schema
        The Arrow schema of all of them: a stretch without blanks may else look like whole numbers, the next not.
    title
        The format in words.
    labels
        Of a column the words that its codes stand for.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    staged = job.folder / "staged.parquet"
    with pq.ParquetWriter(staged, schema, compression="zstd", compression_level=1) as writer:
        for frame in frames:
            writer.write_table(pa.Table.from_pandas(frame, schema=schema, preserve_index=False, safe=False))
    relation = f"SELECT * FROM read_parquet({literal(staged)})"
    with connect(job.folder, len(schema.names)) as connection:
        names, reads = flat_columns(job, connection, relation)
        whole = _whole(connection, relation, [f.name for f in schema if pa.types.is_floating(f.type)])
        worded = _worded(job, connection, relation, labels)
        for place, column in enumerate(schema.names):
            if column in worded:
                reads[place] = worded[column]
            elif column in whole:
                # Formats without whole numbers store 2020 as 2020.0.
                reads[place] = f"CAST({reads[place]} AS BIGINT)"
        done = Converter(job, connection, Source(tuple(names), lambda _: relation, dict(enumerate(reads)))).run(start)
    return ReadReport(done.rows, done.names, title, missing=done.missing, notes=tuple(job.notes))


def _worded(
    job: ReadJob, connection: duckdb.DuckDBPyConnection, relation: str, labels: Mapping[str, Mapping[Any, str]]
) -> dict[str, str]:
    """The SQL of the columns of which every code has a label, as words; where only some have, they stay numbers."""
    found: dict[str, str] = {}
    some: list[str] = []
    for column, words in labels.items():
        x = quoted(column)
        codes = [literal(code) if isinstance(code, str) else repr(float(code)) for code in words]
        unlabelled = connection.execute(
            f"SELECT count(*) FROM ({relation}) WHERE {x} IS NOT NULL AND {x} NOT IN ({', '.join(codes)})"
        ).fetchone()
        if unlabelled and unlabelled[0]:
            some.append(f"{column} ({'; '.join(f'{_code(c)} is {w}' for c, w in list(words.items())[:3])})")
            continue
        cases = " ".join(f"WHEN {code} THEN {literal(word)}" for code, word in zip(codes, words.values(), strict=True))
        found[column] = f"CASE {x} {cases} END"
    if found:
        where = f"{counted(len(found), 'column')}: {listed(list(found))}"
        job.note(f"Codes were read as the words of their value labels in {where}.")
    if some:
        job.note(
            f"Only some values of {counted(len(some), 'column')} have labels, so that numbers were kept: "
            f"{listed(some)}. If such a value means missing, name it as that."
        )
    return found


def _code(code: Any) -> Any:
    return int(code) if isinstance(code, float) and code.is_integer() else code


def _whole(connection: duckdb.DuckDBPyConnection, relation: str, columns: list[str]) -> set[str]:
    """The columns of which every number is a whole one."""
    found: set[str] = set()
    for at in range(0, len(columns), 200):
        part = columns[at : at + 200]
        tests = ", ".join(
            f"coalesce(bool_and({x} = floor({x}) AND abs({x}) < {_WHOLE}), false)" for x in map(quoted, part)
        )
        answers = connection.execute(f"SELECT {tests} FROM ({relation})").fetchone() or ()
        found |= {name for name, answer in zip(part, answers, strict=True) if answer}
    return found
