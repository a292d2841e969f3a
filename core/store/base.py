"""The store's connection: reads that block nobody, writes that wait their turn, and one clock for all processes."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine, func

from core.store.database import reading

_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"  # without l, o, 0 and 1, which people mix up


def new_id() -> str:
    """A short random name that is safe in an address and easy to read aloud."""
    return "".join(secrets.choice(_LETTERS) for _ in range(10))


class Base:
    """What every part of the store shares.

    Parameters
    ----------
    engine
        The opened, migrated database.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @contextmanager
    def _read(self) -> Iterator[Connection]:
        with reading(self._engine) as connection:
            yield connection

    @contextmanager
    def _write(self) -> Iterator[Connection]:
        with self._engine.begin() as connection:
            yield connection

    def _clock(self) -> Any:
        """Now, as all who share the database see it: PostgreSQL's own clock, or that of SQLite's only machine."""
        return func.clock_timestamp() if self._engine.dialect.name == "postgresql" else datetime.now(UTC)

    def _upsert(self, table: Any, rows: list[dict[str, Any]], key: list[str]) -> Any:
        """A statement that writes ``rows`` and replaces those that are there."""
        if self._engine.dialect.name == "postgresql":
            from sqlalchemy.dialects.postgresql import insert as postgres_insert

            statement: Any = postgres_insert(table).values(rows)
        else:
            from sqlalchemy.dialects.sqlite import insert as sqlite_insert

            statement = sqlite_insert(table).values(rows)
        others = {c.name: statement.excluded[c.name] for c in table.columns if c.name not in key}
        return statement.on_conflict_do_update(index_elements=key, set_=others)
