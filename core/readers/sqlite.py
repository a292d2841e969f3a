"""SQLite databases: one table, opened for reading alone."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.request import pathname2url

from core.errors import DataError
from core.readers import READERS
from core.readers.from_libraries.chosen import chosen_table
from core.readers.from_libraries.sheets import cell_text
from core.readers.from_libraries.staged import convert_texts
from core.readers.reading.convert import Converted
from core.readers.reading.damage import damaged
from core.readers.reading.engine import quoted
from core.readers.reading.report import ReadJob, ReadReport, listed
from core.readers.reading.typed import MOST_COLUMNS

_SQLITE = b"SQLite format 3\x00"
_BATCH = 65_536


class Sqlite:
    """SQLite databases."""

    title = "SQLite"
    endings = (".db", ".sqlite", ".sqlite3", ".db3")
    order = 36

    def recognises(self, head: bytes, path: Path) -> bool:
        """By the words at the beginning."""
        return head.startswith(_SQLITE)

    def read(self, job: ReadJob) -> ReadReport:
        """Fetch the table's rows as text: SQLite's columns have no types that every row keeps to."""
        address = f"file:{pathname2url(str(job.source.resolve()))}?mode=ro&immutable=1"
        try:
            with closing(sqlite3.connect(address, uri=True)) as connection:
                # Nothing that the file defines may call a function with side effects.
                connection.execute("PRAGMA trusted_schema = OFF")
                connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
                table, count = self._chosen(job, connection)
                done = self._convert(job, connection, table, count)
        except sqlite3.Error as error:
            raise damaged(job.name, self.title, error) from error
        title = f"SQLite, table '{table}'"
        return ReadReport(
            done.rows, done.names, title, decimal=done.decimal, missing=done.missing, notes=tuple(job.notes)
        )

    def _chosen(self, job: ReadJob, connection: sqlite3.Connection) -> tuple[str, int]:
        found = connection.execute(
            "SELECT name, type, sql FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' "
            "ESCAPE '\\'"
        ).fetchall()
        tables = {}
        virtual = [str(name) for name, _, sql in found if str(sql).upper().startswith("CREATE VIRTUAL")]
        # A virtual table keeps what it is made of in tables of its own.
        parts = tuple(f"{name}_" for name in virtual)
        for name, kind, _ in found:
            if kind == "table" and name not in virtual and not str(name).startswith(parts or "\0"):
                tables[str(name)] = int(connection.execute(f"SELECT count(*) FROM {quoted(name)}").fetchone()[0])
        wanted = job.options.sheet.strip().lower()
        view = next((str(name) for name, kind, _ in found if kind == "view" and str(name).lower() == wanted), "")
        if view:
            job.sheet = view
            return view, 0
        table = chosen_table(job, tables, "table")
        return table, tables[table]

    def _convert(self, job: ReadJob, connection: sqlite3.Connection, table: str, count: int) -> Converted:
        rows = connection.execute(f"SELECT * FROM {quoted(table)}" + (f" LIMIT {job.limit}" if job.limit else ""))
        names = [str(column[0]) for column in rows.description]
        if len(names) > MOST_COLUMNS:
            raise DataError(
                f"A table may have {MOST_COLUMNS:,} columns. {job.name!r} has {len(names):,}. "
                "Choose the ones that matter."
            )
        bytes_in: set[int] = set()
        progress = job.part(0.0, 0.5)
        done = convert_texts(
            job,
            names,
            _texts(rows, bytes_in),
            progress=lambda so_far: progress(so_far / count) if count else None,
            start=0.5,
        )
        if bytes_in:
            left_out = listed([names[place] for place in sorted(bytes_in)])
            job.note(f"Bytes that are no text were left out of columns: {left_out}.")
        return done


READERS.register("sqlite")(Sqlite())


def _texts(rows: sqlite3.Cursor, bytes_in: set[int]) -> Iterator[list[str | None]]:
    while part := rows.fetchmany(_BATCH):
        for row in part:
            cells: list[str | None] = []
            for place, value in enumerate(row):
                if isinstance(value, bytes):
                    bytes_in.add(place)
                    cells.append(None)
                else:
                    cells.append(cell_text(value) or None)
            yield cells
