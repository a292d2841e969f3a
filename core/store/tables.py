"""The tables of the run store and the column types that make SQLite and PostgreSQL behave alike."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
)
from sqlalchemy.types import TypeDecorator

from core.store.values import Unreadable, dump, load

REVISION = "0004"
"""The newest migration; a database that is there already is opened without loading Alembic."""


class JsonColumn(TypeDecorator[Any]):
    """Any plain value as text, so that NaN and infinity survive, and floats come back to the last bit."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """Text for the database."""
        return None if value is None else dump(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        """The value again; nothing, and known to be so, where the text is damaged."""
        try:
            return None if value is None else load(value)
        except ValueError:
            return Unreadable()


class Utc(TypeDecorator[datetime]):
    """A time in UTC that knows that it is: SQLite would forget it."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """UTC for the database."""
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """An aware time in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class WordsColumn(TypeDecorator[str]):
    """Text without NUL characters, which PostgreSQL refuses and uploads sometimes hold."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """The text without NUL characters."""
        return None if value is None else str(value).replace("\x00", "")


metadata = MetaData()

datasets = Table(
    "datasets",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("name", WordsColumn, nullable=False),
    Column("source", WordsColumn, nullable=False),
    Column("rows", BigInteger, nullable=False),
    Column("test_rows", BigInteger, nullable=False),
    Column("columns", Integer, nullable=False),
    Column("schema", JsonColumn, nullable=False),
    Column("report", JsonColumn, nullable=False),
    Column("created_at", Utc, nullable=False),
    # The kind of data, a name of core.modalities.MODALITIES.
    Column("modality", String(64), nullable=False, server_default="tabular"),
)

searches = Table(
    "searches",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("dataset_id", ForeignKey("datasets.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("name", WordsColumn, nullable=False),
    Column("state", String(16), nullable=False, index=True),
    Column("reason", WordsColumn, nullable=False),
    Column("plan", JsonColumn, nullable=False),
    Column("told", JsonColumn, nullable=False),
    # Seconds that it went on before it was last resumed, and since when it goes on now.
    Column("seconds", Float, nullable=False),
    Column("since", Utc),
    Column("created_at", Utc, nullable=False),
    Column("finished_at", Utc),
)

search_log = Table(
    "search_log",
    metadata,
    Column("search_id", ForeignKey("searches.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("entry", JsonColumn, nullable=False),
)

runs = Table(
    "runs",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("dataset_id", ForeignKey("datasets.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("name", WordsColumn, nullable=False),
    Column("state", String(16), nullable=False, index=True),
    Column("reason", WordsColumn, nullable=False),
    Column("recipe", JsonColumn, nullable=False),
    Column("result", JsonColumn),
    Column("progress", JsonColumn, nullable=False),
    Column("notes", WordsColumn, nullable=False),
    Column("tags", JsonColumn, nullable=False),
    Column("created_at", Utc, nullable=False),
    Column("started_at", Utc),
    Column("finished_at", Utc),
    Column("heartbeat_at", Utc),
    Column("attempt", Integer, nullable=False),
    Column("retries", Integer, nullable=False),
    Column("holder", String(300), nullable=False),
    # A trial of a search is a run that lists leave out, and its place in the search, from 1.
    Column("search_id", ForeignKey("searches.id", ondelete="CASCADE"), index=True),
    Column("trial", Integer),
)

transitions = Table(
    "transitions",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("run_id", ForeignKey("runs.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("state", String(16), nullable=False),
    Column("at", Utc, nullable=False),
    Column("reason", WordsColumn, nullable=False),
)

epochs = Table(
    "epochs",
    metadata,
    Column("run_id", ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    Column("epoch", Integer, primary_key=True, autoincrement=False),
    Column("record", JsonColumn, nullable=False),
)

snapshots = Table(
    "snapshots",
    metadata,
    Column("run_id", ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    Column("epoch", Integer, primary_key=True, autoincrement=False),
    Column("record", JsonColumn, nullable=False),
)

commands = Table(
    "commands",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("run_id", ForeignKey("runs.id", ondelete="CASCADE"), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("value", JsonColumn),
    Column("asked_at", Utc, nullable=False),
    # The attempt whose worker has read it; a later attempt reads it again until it has taken effect for good.
    Column("taken_by", Integer),
    Column("done_at", Utc),
    Index("ix_commands_open", "run_id", "done_at"),
)

verdicts = Table(
    "verdicts",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("dataset_id", ForeignKey("datasets.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("row", BigInteger, nullable=False),
    # A digest of what the row holds: the same file read in another way has other rows under the same numbers.
    Column("content", String(32), nullable=False),
    Column("verdict", String(16), nullable=False),
    Column("comment", WordsColumn, nullable=False),
    Column("tag", WordsColumn, nullable=False),
    Column("author", WordsColumn, nullable=False),
    Column("at", Utc, nullable=False),
    # The run that the author looked at, which may be deleted later, its score of the row, and why the row was shown.
    Column("run_id", String(32), nullable=False),
    Column("score", Float),
    Column("shown_by", String(16), nullable=False),
    # The entry that this one takes back, and the entry of another dataset that it was brought along from.
    Column("undoes", Integer, unique=True),
    Column("copied_from", Integer),
    Index("ix_verdicts_copied", "dataset_id", "copied_from", unique=True),
    # The number of a deleted entry is not given to another one.
    sqlite_autoincrement=True,
)

__all__ = [
    "REVISION",
    "commands",
    "datasets",
    "epochs",
    "metadata",
    "runs",
    "search_log",
    "searches",
    "snapshots",
    "transitions",
    "verdicts",
]
