"""Takes numbers without end out of a written Parquet file, and counts in which columns there were any."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from core.readers.reading.engine import connect, literal, quoted, write_parquet
from core.readers.reading.report import ReadJob


def without_infinite(job: ReadJob) -> None:
    """Write the job's file anew with numbers without end as missing, where it holds any; how many is in the job."""
    doubtful = _doubtful(job.out)
    if not doubtful:
        return
    with connect(job.folder) as connection:
        relation = f"read_parquet({literal(job.out)})"
        counts = ", ".join(f"count_if(isinf({quoted(name)}))" for name in doubtful)
        found = connection.execute(f"SELECT {counts} FROM {relation}").fetchone() or ()
        infinite = {name: int(rows) for name, rows in zip(doubtful, found, strict=True) if rows}
        if not infinite:
            return
        names = [str(name) for name, *_ in connection.execute(f"DESCRIBE SELECT * FROM {relation}").fetchall()]
        reads = ", ".join(
            f"CASE WHEN isfinite({quoted(name)}) THEN {quoted(name)} END AS {quoted(name)}"
            if name in infinite
            else quoted(name)
            for name in names
        )
        target = job.folder / "finite.parquet"
        write_parquet(connection, f"SELECT {reads} FROM {relation}", len(names), target, lambda _: None)
    target.replace(job.out)
    job.infinite = infinite


def _doubtful(file: Path) -> list[str]:
    """The columns of floats whose smallest or largest value is without end, or is not told by the file."""
    import pyarrow.parquet as pq

    described = pq.ParquetFile(file).metadata
    places = [at for at in range(described.num_columns) if described.schema.column(at).physical_type in _FLOATS]
    return [
        described.schema.column(place).path
        for place in places
        if any(_may_hold(described.row_group(at).column(place)) for at in range(described.num_row_groups))
    ]


_FLOATS = {"DOUBLE", "FLOAT"}


def _may_hold(column: Any) -> bool:
    told = column.statistics
    if told is None:
        return True
    if not told.has_min_max:
        return bool(told.null_count is None or told.null_count < column.num_values)
    return math.isinf(told.min) or math.isinf(told.max)
