"""Opens the run store's database, SQLite or PostgreSQL, at the newest revision. Knows no table's meaning."""

import logging
import sqlite3
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, OperationalError, ProgrammingError, SQLAlchemyError

from core.errors import ConfigError, DataError, UnavailableError
from core.private import private_file, private_folder
from core.store.tables import REVISION

BUSY_SECONDS = 20
"""How long a writer waits for another one before SQLite gives up."""

_MIGRATION_LOCK = 0x414E4F4D
"""Key of PostgreSQL's advisory lock that lets one process at a time migrate."""


def open_database(address: str) -> Engine:
    """The database at ``address``, migrated, ready for many threads.

    Raises
    ------
    ConfigError
        When the address cannot be read or names a database that we do not speak.
    DataError
        When the database cannot be reached, or was written by a newer version.
    """
    url = database_url(address)
    engine = _sqlite(url) if url.get_backend_name() == "sqlite" else _postgres(url)
    try:
        if _revision(engine) != REVISION:
            _migrate(engine)
    except DataError:
        engine.dispose()
        raise
    except (OperationalError, sqlite3.OperationalError) as error:
        engine.dispose()
        raise UnavailableError(
            f"The database {url.render_as_string()} cannot be opened: {_first_line(error)}. "
            "Check ANOMALENS_DATABASE_URL, and that the server is up and the folder can be written."
        ) from error
    return engine


def database_url(address: str) -> URL:
    """The address as SQLAlchemy reads it; ``postgres://`` and ``postgresql://`` take psycopg 3.

    Raises
    ------
    ConfigError
        When the address cannot be read or names a database that we do not speak.
    """
    try:
        url = make_url(address)
    except ArgumentError:
        raise ConfigError(
            "ANOMALENS_DATABASE_URL must be an address such as postgresql://user:password@host/name "
            f"or sqlite:////folder/file.db. Got {address!r}."
        ) from None
    if url.drivername in {"postgres", "postgresql"}:
        url = url.set(drivername="postgresql+psycopg")
    if url.get_backend_name() not in {"sqlite", "postgresql"}:
        raise ConfigError(
            f"The run store must be SQLite or PostgreSQL. Got {url.drivername}. Set ANOMALENS_DATABASE_URL to either."
        )
    return url


def _sqlite(url: URL) -> Engine:
    if not url.database or url.database == ":memory:":
        raise ConfigError(
            "The run store must be a file, because several processes share it. Got SQLite in memory. "
            "Set ANOMALENS_DATABASE_URL to sqlite:////folder/file.db."
        )
    private_folder(Path(url.database).parent)
    private_file(Path(url.database))
    engine = create_engine(
        url, connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False}, pool_size=16, max_overflow=48
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, record: Any) -> None:
    # Without this the driver begins transactions of its own, late, and a reader that turns writer fails at once.
    connection.isolation_level = None
    connection.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}")
    connection.execute("PRAGMA foreign_keys = ON")
    # With the write-ahead log NORMAL loses at most the last transactions at a power cut, never the database.
    connection.execute("PRAGMA synchronous = NORMAL")
    _write_ahead(connection)


def _write_ahead(connection: Any) -> None:
    """Switch to the write-ahead log, which SQLite refuses without waiting while anybody else is inside."""
    deadline = time.monotonic() + BUSY_SECONDS
    while connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def _begin_sqlite(connection: Connection) -> None:
    # IMMEDIATE takes the write lock at the beginning, where waiting for it works; a reader needs no transaction.
    if not connection.get_execution_options().get("reads_only"):
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def reading(engine: Engine) -> Connection:
    """A connection whose statements each stand alone, and which blocks nobody."""
    if engine.dialect.name == "sqlite":
        return engine.connect().execution_options(reads_only=True)
    return engine.connect().execution_options(isolation_level="AUTOCOMMIT")


def _postgres(url: URL) -> Engine:
    try:
        return create_engine(
            url, pool_size=8, max_overflow=24, pool_pre_ping=True, connect_args={"connect_timeout": 10}
        )
    except ModuleNotFoundError as error:
        raise ConfigError(
            "PostgreSQL needs the package psycopg, which is not installed. Run: pip install 'anomalens[postgres]'."
        ) from error


def _revision(engine: Engine) -> str | None:
    with reading(engine) as connection:
        try:
            return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
        except (OperationalError, ProgrammingError):
            # Either the table is not there yet, or the database is broken; the next call tells.
            with suppress(SQLAlchemyError):
                connection.rollback()
            inspect(connection).get_table_names()
            return None


def _migrate(engine: Engine) -> None:
    """Bring the database to the newest revision; of several processes at once the first does it, the others wait."""
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    logging.getLogger("alembic").setLevel(logging.WARNING)
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    with engine.begin() as connection:  # SQLite: the write lock; PostgreSQL: the lock of the next line
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
        has_version = inspect(connection).has_table("alembic_version")
        found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar() if has_version else None
        known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
        if found is not None and found not in known:
            raise UnavailableError(
                f"The database is at revision {found}, which this version does not know: a newer Anomalens has "
                "written it. Update Anomalens, or set ANOMALENS_DATABASE_URL to another database."
            )
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _first_line(error: BaseException) -> str:
    return str(getattr(error, "orig", None) or error).strip().splitlines()[0].rstrip(".")
