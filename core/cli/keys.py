"""`anomalens keys FOLDER`: the secrets of an installation, made once: a password, and keys for the Dask cluster."""

import os
import secrets
from pathlib import Path
from typing import Annotated

import typer

from core.cli.base import command
from core.cli.support.output import echo
from core.errors import DataError
from core.private import FILE, private_folder

_PASSWORD, _PASSFILE, _KEY, _CERTIFICATE = "postgres-password", "pgpass", "dask.key", "dask.crt"


@command("keys", order=95)
def keys(
    folder: Annotated[Path, typer.Argument(help="Where they are kept; what is there already stays as it is.")],
    owner: Annotated[
        int, typer.Option(help="The user's number that reads them, of containers; yours by default.")
    ] = -1,
) -> None:
    """Make what keeps strangers out of an installation: a database password, a Dask cluster's key and certificate."""
    try:
        made = make_keys(folder, owner)
    except OSError as problem:
        raise DataError(f"Cannot write into {folder} ({problem.strerror}). Choose another folder.") from None
    echo(f"Made in {folder}: {', '.join(made)}." if made else f"All keys are in {folder} already; none was changed.")


def make_keys(folder: Path, owner: int = -1) -> list[str]:
    """Write what is missing among the secrets, each readable by its owner alone; the names of those that were made."""
    private_folder(folder)
    made = []
    if not (folder / _PASSFILE).exists():
        password = secrets.token_urlsafe(24)
        # PostgreSQL's server reads the one, its clients the other.
        made += [_write(folder / _PASSWORD, password, -1), _write(folder / _PASSFILE, f"*:*:*:*:{password}\n", owner)]
    if not (folder / _CERTIFICATE).exists():
        from distributed.security import Security

        own = Security.temporary()  # type: ignore[no-untyped-call]
        made += [
            _write(folder / _KEY, str(own.tls_scheduler_key), owner),
            _write(folder / _CERTIFICATE, str(own.tls_scheduler_cert), owner),
        ]
    if made and owner >= 0:
        # Others may pass through to the file that is theirs, and list nothing.
        folder.chmod(0o711)
    return made


def _write(path: Path, content: str, owner: int) -> str:
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, FILE), "w", encoding="utf-8") as file:
        file.write(content)
    if owner >= 0:
        os.chown(path, owner, -1)
    return path.name
