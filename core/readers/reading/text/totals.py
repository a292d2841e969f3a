"""Points out rows of totals: they are rows to a reader, but no sample of what the others are samples of."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from core.readers.reading.convert import Converted
from core.readers.reading.engine import literal, quoted
from core.readers.reading.report import ReadJob
from core.readers.reading.text.below import TOTAL, holds_total
from core.readers.reading.text.dialect import Dialect

if TYPE_CHECKING:
    import duckdb

_MOST_COLUMNS = 50
_FEWEST_ROWS = 4
_MOST_SHARE = 0.2
"""A word in more rows than these is a kind of row like others."""


def point_out(
    job: ReadJob,
    connection: duckdb.DuckDBPyConnection,
    converted: Converted,
    last_lines: Sequence[str],
    dialect: Dialect,
) -> None:
    """Say which rows look like totals; all rows are searched where the first or last ones hold such a word."""
    described = connection.execute(f"DESCRIBE SELECT * FROM read_parquet({literal(job.out)})").fetchall()
    kinds = {str(name): str(kind) for name, kind, *_ in described}
    text = [place for place, kind in enumerate(kinds.values()) if kind == "VARCHAR"]
    named = holds_total(last_lines, dialect)
    found = False
    if text and (named or _in_sample(connection, text)):
        found = any([_name(job, connection, list(kinds)[place], converted.rows) for place in text[:_MOST_COLUMNS]])
    if not found and not job.limit and (named or _lacks_a_value(last_lines, dialect)):
        numbers = [name for name, kind in kinds.items() if kind in ("BIGINT", "DOUBLE")]
        _sum_up(job, connection, numbers, converted.rows)


def _name(job: ReadJob, connection: duckdb.DuckDBPyConnection, name: str, rows: int) -> bool:
    """Whether rows of this column are named as totals, which is said."""
    query = (
        f"SELECT count(*), min(file_row_number) + 1, arg_min({quoted(name)}, file_row_number) "
        f"FROM read_parquet({literal(job.out)}, file_row_number = true) "
        f"WHERE regexp_full_match(lower(trim({quoted(name)})), {literal(TOTAL)})"
    )
    count, first, word = connection.execute(query).fetchone() or (0, 0, "")
    if not 0 < count <= _MOST_SHARE * rows:
        return False
    if count == 1:
        job.note(
            f"1 row looks like a total: column '{name}' holds {str(word)[:40]!r} (row {first:,}). It is kept as a row; "
            "delete it from the file if the others are what is summed up."
        )
    else:
        job.note(
            f"{count:,} rows look like totals: column '{name}' holds {str(word)[:40]!r} (the first is row {first:,}). "
            "They are kept as rows; delete them from the file if the others are what is summed up."
        )
    return True


def _sum_up(job: ReadJob, connection: duckdb.DuckDBPyConnection, numbers: Sequence[str], rows: int) -> None:
    """Say where the last row holds the sums of all others."""
    if not numbers or rows < _FEWEST_ROWS:
        return
    last = f"file_row_number = {rows - 1}"
    columns = ", ".join(
        f"sum({quoted(name)}) FILTER (NOT {last}), max({quoted(name)}) FILTER ({last})"
        for name in numbers[:_MOST_COLUMNS]
    )
    query = f"SELECT {columns} FROM read_parquet({literal(job.out)}, file_row_number = true)"
    values = connection.execute(query).fetchone() or ()
    pairs = [(float(a), float(b)) for a, b in zip(values[::2], values[1::2], strict=True) if a and b is not None]
    if pairs and all(math.isclose(above, below, rel_tol=1e-6) for above, below in pairs):
        job.note(
            "The last row holds the sums of all rows above it, as totals do. It is kept as a row; delete it from the "
            "file if the others are what is summed up."
        )


def _lacks_a_value(last_lines: Sequence[str], dialect: Dialect) -> bool:
    """Whether the last line has an empty field, as a row of sums has where others have a name or a date."""
    line = next((line for line in reversed(last_lines) if line.strip()), "")
    return bool(line) and any(not cell.strip() for cell in dialect.cells(line))


def _in_sample(connection: duckdb.DuckDBPyConnection, places: Sequence[int]) -> bool:
    """Whether the first rows hold such a word in the text columns at these places."""
    found = " OR ".join(
        f"regexp_full_match(lower(trim(c{place})), {literal(TOTAL)})" for place in places[:_MOST_COLUMNS]
    )
    seen = connection.execute(f"SELECT count(*) FROM sample WHERE {found}").fetchone()
    return bool(seen and seen[0])
