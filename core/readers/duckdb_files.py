"""DuckDB databases: one table, streamed out of a connection that reaches nothing but this file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.errors import DataError
from core.readers import READERS
from core.readers.from_libraries.chosen import chosen_table, named
from core.readers.from_libraries.staged import convert_batches
from core.readers.reading.damage import damaged
from core.readers.reading.engine import quoted
from core.readers.reading.report import ReadJob, ReadReport

if TYPE_CHECKING:
    import duckdb

_BATCH = 65_536


class DuckDb:
    """DuckDB databases."""

    title = "DuckDB"
    endings = (".duckdb", ".ddb")
    order = 37

    def recognises(self, head: bytes, path: Path) -> bool:
        """By the mark behind the checksum."""
        return head[8:12] == b"DUCK"

    def read(self, job: ReadJob) -> ReadReport:
        """Stream the table out of a connection that reaches nothing but this file."""
        import duckdb

        link = job.folder / "input.duckdb"
        link.symlink_to(job.source.resolve())
        safe: dict[str, Any] = {
            "enable_external_access": False,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "allow_community_extensions": False,
            "lock_configuration": True,
            "memory_limit": "400MB",
            "threads": 1,
        }
        try:
            with duckdb.connect(str(link), read_only=True, config=safe) as connection:
                table = self._chosen(job, connection)
                limit = f" LIMIT {job.limit}" if job.limit else ""
                found = connection.sql(f"SELECT * FROM {table}{limit}")
                reader = found.to_arrow_reader(_BATCH)
                title = f"DuckDB, table '{table.replace(chr(34), '').removeprefix('main.')}'"
                return convert_batches(job, reader.schema, iter(reader), title)
        except duckdb.PermissionException:
            raise DataError(
                f"A table of {job.name!r} must lie in that file. {job.options.sheet!r} is a view of other files, which "
                "are not opened from here. Name a table, or write the view into one."
            ) from None
        except duckdb.Error as error:
            raise damaged(job.name, self.title, error) from error

    def _chosen(self, job: ReadJob, connection: duckdb.DuckDBPyConnection) -> str:
        found: Sequence[tuple[str, str, bool]] = connection.execute(
            "SELECT schema_name, table_name, true FROM duckdb_tables() WHERE NOT internal UNION ALL "
            "SELECT schema_name, view_name, false FROM duckdb_views() WHERE NOT internal"
        ).fetchall()
        # The default schema needs no naming.
        sql = {
            (name if schema == "main" else f"{schema}.{name}"): f"{quoted(schema)}.{quoted(name)}"
            for schema, name, _ in found
        }
        views = {name for name, (_, _, is_table) in zip(sql, found, strict=True) if not is_table}
        if job.options.sheet.strip():
            return sql[named(job, sql, "table")]
        tables = {}
        for name in sql:
            if name not in views:
                tables[name] = int(connection.execute(f"SELECT count(*) FROM {sql[name]}").fetchall()[0][0])
        return sql[chosen_table(job, tables, "table")]


READERS.register("duckdb")(DuckDb())
