"""Points out rows of totals: they are rows to a reader, but no sample of what the others are samples of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from core.readers.reading.convert import Converted
from core.readers.reading.engine import literal, quoted
from core.readers.reading.report import ReadJob, counted
from core.readers.reading.text.below import TOTAL, holds_total
from core.readers.reading.text.dialect import Dialect

if TYPE_CHECKING:
    import duckdb

_MOST_COLUMNS = 50
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
    text = [(place, str(name)) for place, (name, kind, *_) in enumerate(described) if kind == "VARCHAR"]
    words = [name for _, name in text[:_MOST_COLUMNS]]
    if not words or not (holds_total(last_lines, dialect) or _in_sample(connection, [place for place, _ in text])):
        return
    parts = []
    for name in words:
        query = (
            f"SELECT count(*), min(file_row_number) + 1, arg_min({quoted(name)}, file_row_number) "
            f"FROM read_parquet({literal(job.out)}, file_row_number = true) "
            f"WHERE regexp_full_match(lower(trim({quoted(name)})), {literal(TOTAL)})"
        )
        count, first, word = connection.execute(query).fetchone() or (0, 0, "")
        if 0 < count <= _MOST_SHARE * converted.rows:
            which = f"row {first:,}" if count == 1 else f"the first is row {first:,}"
            parts.append((name, count, which, word))
    for name, count, which, word in parts:
        looks = "looks like a total" if count == 1 else "look like totals"
        there = "It is" if count == 1 else "They are"
        job.note(
            f"{counted(count, 'row')} {looks}: column '{name}' holds {str(word)[:40]!r} ({which}). {there} kept as "
            f"{'a row' if count == 1 else 'rows'}; delete {'it' if count == 1 else 'them'} from the file if the others "
            "are what is summed up."
        )


def _in_sample(connection: duckdb.DuckDBPyConnection, places: Sequence[int]) -> bool:
    """Whether the first rows hold such a word in the text columns at these places."""
    found = " OR ".join(
        f"regexp_full_match(lower(trim(c{place})), {literal(TOTAL)})" for place in places[:_MOST_COLUMNS]
    )
    seen = connection.execute(f"SELECT count(*) FROM sample WHERE {found}").fetchone()
    return bool(seen and seen[0])
