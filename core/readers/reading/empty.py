"""Leaves out the rows of a written Parquet file in which every value is missing, and says how many there were."""

from __future__ import annotations

from dataclasses import replace

from core.readers.reading.engine import connect, literal, quoted, write_parquet
from core.readers.reading.report import ReadJob, ReadReport, counted


def without_empty_rows(job: ReadJob, report: ReadReport) -> ReadReport:
    """The report after the rows without any value were taken out of the job's file, for formats that keep such rows."""
    if not _may_be_empty(job):
        return report
    filled = " OR ".join(f"{quoted(name)} IS NOT NULL" for name in report.columns)
    with connect(job.folder, len(report.columns)) as connection:
        relation = f"read_parquet({literal(job.out)})"
        found = connection.execute(f"SELECT count(*) FROM {relation} WHERE {filled}").fetchone()
        empty = report.rows - int(found[0]) if found else 0
        if not empty:
            return report
        target = job.folder / "filled.parquet"
        query = f"SELECT * FROM {relation} WHERE {filled}"
        rows = write_parquet(connection, query, len(report.columns), target, lambda _: None)
    target.replace(job.out)
    was = "was" if empty == 1 else "were"
    job.note(f"{counted(empty, 'empty row')} {was} left out.")
    lines = report.lines.plus(rows=-empty, empty=empty) if report.lines.total else report.lines
    return replace(report, rows=rows, notes=tuple(job.notes), lines=lines)


def _may_be_empty(job: ReadJob) -> bool:
    """Whether any stretch of rows misses values in every column, by what the file says of itself."""
    import pyarrow.parquet as pq

    described = pq.ParquetFile(job.out).metadata
    for at in range(described.num_row_groups):
        group = described.row_group(at)
        if all(_misses(group.column(column).statistics) for column in range(group.num_columns)):
            return True
    return False


def _misses(statistics: object) -> bool:
    nulls = getattr(statistics, "null_count", None)
    return nulls is None or nulls > 0
