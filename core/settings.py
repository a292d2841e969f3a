"""What the operator decides, read from the environment: places, limits and addresses."""

import os
from dataclasses import dataclass, field
from pathlib import Path

from core.errors import ConfigError

DATABASE = "anomalens.db"
"""The run store's file, where it is one."""


@dataclass(frozen=True)
class Settings:
    """The operator's settings; :func:`settings` reads them from the environment each time it is called."""

    home: Path
    """Folder for all that has no other place (``ANOMALENS_HOME``, ``~/.anomalens`` by default)."""
    database_url: str = field(repr=False)  # it may hold a password, and settings are logged
    """SQLAlchemy address of the run store (``ANOMALENS_DATABASE_URL``, SQLite under ``home`` by default)."""
    storage: str
    """Root of all artifacts, a folder or ``s3://…`` (``ANOMALENS_STORAGE``, ``storage`` under ``home`` by default)."""
    scheduler: str
    """Address of a Dask scheduler (``DASK_SCHEDULER_ADDRESS``); empty starts an embedded cluster."""
    workers: int
    """Worker processes of the embedded cluster (``ANOMALENS_WORKERS``, at least 2 by default)."""
    upload_limit_mb: int
    """Largest upload in megabytes (``ANOMALENS_UPLOAD_LIMIT_MB``, 1,024 by default)."""
    allowed_sources: tuple[str, ...]
    """Folders and address prefixes that may be read from the server (``ANOMALENS_ALLOWED_SOURCES``, comma-separated,
    none by default): ``/srv/data, s3://bucket/, https://data.example.org/``."""
    read_memory_mb: int = 2048
    """Memory that a file may take while it is read, in megabytes (``ANOMALENS_READ_MEMORY_MB``)."""
    read_disk_mb: int = 20_480
    """Disk that a file may take while it is read, unpacked and as a table, in megabytes
    (``ANOMALENS_READ_DISK_MB``)."""
    read_minutes: int = 60
    """Minutes that a file may take to read (``ANOMALENS_READ_MINUTES``)."""
    hosts: tuple[str, ...] = ()
    """Names under which browsers open the server besides its own machine's (``ANOMALENS_HOSTS``, comma-separated):
    ``anomalens.example.org, 10.0.0.7:8501``; one without a port is that of the scheme's usual port, ``*`` is any."""
    url: str = ""
    """The address under which colleagues open the dashboard (``ANOMALENS_URL``), such as
    ``https://anomalens.example.org``: links to reports begin with it."""


def settings() -> Settings:
    """The operator's settings as the environment has them now.

    Raises
    ------
    ConfigError
        For a number that is none.
    """
    env = os.environ
    home = Path(env.get("ANOMALENS_HOME") or Path.home() / ".anomalens").expanduser().resolve()
    return Settings(
        home=home,
        database_url=env.get("ANOMALENS_DATABASE_URL") or f"sqlite:///{home / DATABASE}",
        storage=env.get("ANOMALENS_STORAGE") or str(home / "storage"),
        scheduler=env.get("DASK_SCHEDULER_ADDRESS", ""),
        workers=_count("ANOMALENS_WORKERS", max(2, min(8, os.cpu_count() or 2))),
        upload_limit_mb=_count("ANOMALENS_UPLOAD_LIMIT_MB", 1024),
        allowed_sources=_listed("ANOMALENS_ALLOWED_SOURCES"),
        read_memory_mb=_count("ANOMALENS_READ_MEMORY_MB", Settings.read_memory_mb),
        read_disk_mb=_count("ANOMALENS_READ_DISK_MB", Settings.read_disk_mb),
        read_minutes=_count("ANOMALENS_READ_MINUTES", Settings.read_minutes),
        hosts=_listed("ANOMALENS_HOSTS"),
        url=os.environ.get("ANOMALENS_URL", "").strip().rstrip("/"),
    )


def _listed(name: str) -> tuple[str, ...]:
    """What the environment lists with commas between."""
    return tuple(part.strip() for part in os.environ.get(name, "").split(",") if part.strip())


def _count(name: str, default: int) -> int:
    """A positive whole number from the environment."""
    given = os.environ.get(name) or str(default)
    if not given.isdecimal() or int(given) < 1:
        raise ConfigError(f"{name} must be a whole number of at least 1. Got {given!r}.")
    return int(given)
