"""Real databases for tests: a SQLite file, or a PostgreSQL server that is started for the session and thrown away."""

import os
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

from core.settings import Settings, settings


def postgres_programs() -> Path | None:
    """The folder of the newest PostgreSQL server that Debian's packages have put here."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[4]))
    return found[-1].parent if found else None


def free_port() -> int:
    with closing(socket.socket()) as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


@contextmanager
def postgres_server() -> Iterator[str]:
    """A PostgreSQL server of its own; yields the address of its database, with ``{name}`` still to be filled in."""
    programs = postgres_programs()
    assert programs is not None
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    port, data = free_port(), folder / "data"
    # The server refuses to run as root; Debian's package brings a user for it.
    user = "postgres" if os.geteuid() == 0 else None
    if user:
        folder.chmod(0o755)
        shutil.chown(folder, user)
    options = f"-p {port} -h 127.0.0.1 -k {folder} -c fsync=off -c log_min_messages=fatal"

    def run(*command: str) -> None:
        subprocess.run(command, check=True, user=user, cwd=folder, stdout=subprocess.DEVNULL, timeout=120)

    try:
        run(str(programs / "initdb"), "-D", str(data), "-U", "anomalens", "-A", "trust", "--no-sync", "-E", "UTF8")
        run(str(programs / "pg_ctl"), "-D", str(data), "-o", options, "-l", str(folder / "log"), "-w", "start")
        try:
            yield f"postgresql://anomalens@127.0.0.1:{port}/{{name}}"
        finally:
            run(str(programs / "pg_ctl"), "-D", str(data), "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def create_database(server: str, name: str) -> str:
    """A new empty database on the server; its address."""
    import psycopg

    with psycopg.connect(server.format(name="postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return server.format(name=name)


def scratch(folder: Path, server: str | None = None) -> Settings:
    """Settings with an empty place for everything in that folder, and a database of its own."""
    address = create_database(server, "t" + secrets.token_hex(6)) if server else f"sqlite:///{folder / 'runs.db'}"
    return replace(settings(), home=folder, database_url=address, storage=str(folder / "storage"), workers=2)
