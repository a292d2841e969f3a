"""DuckDB connections with bounded memory, and a streaming Parquet writer that reports its progress."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

    from core.readers.reading.report import Progress

MEMORY_MB = 400
"""Below about 350 MB the ordered Parquet writer no longer works in parallel."""
_WIDE = 600
_MB_PER_COLUMN = 0.3
"""What a column more costs above ``_WIDE`` of them, whatever the number of rows."""
_CELLS_PER_GROUP = 4_000_000
_ROWS_PER_GROUP = 122_880
_VECTOR = 2048
_DICTIONARY = 4000
"""Different values of a column that are worth a dictionary; to look for more of them takes time in vain."""


@contextmanager
def connect(folder: Path, columns: int = 0) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection of its own with bounded memory, which spills into ``folder`` and loads nothing from a network."""
    import duckdb

    memory = MEMORY_MB + round(max(0, columns - _WIDE) * _MB_PER_COLUMN)
    connection = duckdb.connect(
        config={
            "memory_limit": f"{memory}MB",
            "threads": max(1, min(4, os.cpu_count() or 1)),
            "temp_directory": str(folder / "spill"),
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "preserve_insertion_order": True,
        }
    )
    try:
        # IN and list_contains with many words would become a join, after which rows no longer come in their order; the
        # search for common parts takes quadratic time in the number of columns.
        connection.execute("SET disabled_optimizers = 'in_clause, common_subexpressions'")
        # The bar must be on for its progress to be counted, and silent.
        connection.execute("SET enable_progress_bar = true; SET enable_progress_bar_print = false")
        yield connection
    finally:
        connection.close()


def write_parquet(
    connection: duckdb.DuckDBPyConnection, query: str, columns: int, out: Path, progress: Progress
) -> int:
    """Write a query's rows in their order to a Parquet file; how many there were."""
    rows = min(_ROWS_PER_GROUP, max(_VECTOR, _CELLS_PER_GROUP // max(columns, 1)))
    rows -= rows % _VECTOR
    options = f"FORMAT parquet, PARQUET_VERSION v2, COMPRESSION zstd, COMPRESSION_LEVEL 1, ROW_GROUP_SIZE {rows}, "
    options += f"DICTIONARY_SIZE_LIMIT {_DICTIONARY}"
    sql = f"COPY ({query}) TO {literal(out)} ({options})"
    with watched(connection, progress):
        written = connection.execute(sql).fetchone()
    return int(written[0]) if written else 0


def columns_with_nulls(file: Path) -> set[str]:
    """The columns of a written Parquet file that miss values in some rows, as the file itself tells."""
    import pyarrow.parquet as pq

    described = pq.ParquetFile(file).metadata
    found: set[str] = set()
    for at in range(described.num_row_groups):
        group = described.row_group(at)
        for place in range(group.num_columns):
            column = group.column(place)
            if column.statistics is None or column.statistics.null_count:
                found.add(column.path_in_schema)
    return found


@contextmanager
def watched(connection: duckdb.DuckDBPyConnection, progress: Progress) -> Iterator[None]:
    """Report the progress of the query that runs inside; an exception of the callback interrupts it."""
    done = threading.Event()
    failure: list[BaseException] = []

    def watch() -> None:
        while not done.wait(0.2):
            try:
                share = connection.query_progress() / 100
                if share > 0:
                    progress(share)
            except Exception as error:
                failure.append(error)
                connection.interrupt()
                return

    watcher = threading.Thread(target=watch, name="reading-progress", daemon=True)
    watcher.start()
    try:
        yield
    except Exception:
        if failure:
            raise failure[0] from None
        raise
    finally:
        done.set()
        watcher.join()
    if failure:
        raise failure[0]


def literal(value: object) -> str:
    """A text as SQL reads it."""
    return "'" + str(value).replace("'", "''") + "'"


def literals(values: Sequence[str]) -> str:
    """A list of texts as SQL reads it."""
    return "[" + ", ".join(literal(value) for value in values) + "]"


def quoted(name: str) -> str:
    """A column's name as SQL reads it."""
    return '"' + name.replace('"', '""') + '"'


def one_of(x: str, words: Sequence[str]) -> str:
    """The SQL condition that the text ``x`` is one of these words."""
    if not words:
        return "false"
    mark = "\x1f"
    return f"contains({literal(mark + mark.join(words) + mark)}, concat('{mark}', {x}, '{mark}'))"
