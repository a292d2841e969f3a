"""Leaves out the rows of a written Parquet file in which every value is missing, and says how many there were."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from core.readers.reading.engine import connect, literal, quoted, write_parquet
from core.readers.reading.report import ReadJob, ReadReport, counted

if TYPE_CHECKING:
    import duckdb


def without_empty_rows(job: ReadJob, report: ReadReport) -> ReadReport:
    """The report after the rows without any value were taken out of the job's file, for formats that keep such rows."""
    with connect(job.folder, len(report.columns)) as connection:
        empty = empty_rows(job, connection)
        if not empty:
            return report
        target = job.folder / "filled.parquet"
        query = f"SELECT * FROM read_parquet({literal(job.out)}) WHERE {_filled(report.columns)}"
        rows = write_parquet(connection, query, len(report.columns), target, lambda _: None)
    target.replace(job.out)
    job.note(f"{counted(empty, 'empty row')} {'was' if empty == 1 else 'were'} left out.")
    lines = report.lines.plus(rows=-empty, empty=empty) if report.lines.total else report.lines
    return replace(report, rows=rows, notes=tuple(job.notes), lines=lines)


def empty_rows(job: ReadJob, connection: duckdb.DuckDBPyConnection) -> int:
    """How many rows of the written file have no value at all; what it says of itself mostly tells that none has."""
    import pyarrow.parquet as pq

    written = pq.ParquetFile(job.out)
    groups = [written.metadata.row_group(at) for at in range(written.metadata.num_row_groups)]
    if not any(all(_misses(group.column(at).statistics) for at in range(group.num_columns)) for group in groups):
        return 0
    filled = _filled(written.schema_arrow.names)
    query = f"SELECT count(*) FROM read_parquet({literal(job.out)}) WHERE NOT ({filled})"
    found = connection.execute(query).fetchone()
    return int(found[0]) if found else 0


def _filled(names: Sequence[str]) -> str:
    return " OR ".join(f"{quoted(name)} IS NOT NULL" for name in names)


def _misses(statistics: object) -> bool:
    nulls = getattr(statistics, "null_count", None)
    return nulls is None or nulls > 0
