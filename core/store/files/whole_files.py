"""Files of a folder, written whole or not at all, and folders that are deleted while somebody writes into them."""

import errno
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from core.private import private_folder
from core.scratch import LONGEST_SECONDS

TEMPORARY = ".writing-"
"""How the names of files begin that are being written."""
_DELETED = ".deleted-"
_TRIES = 50
_WRITING_SECONDS = 3600.0
"""Nothing is written for longer without a byte more."""


@contextmanager
def beside(target: Path) -> Iterator[Path]:
    """A name beside ``target`` on the same disk, so that the last step is a rename; what is left there goes away."""
    private_folder(target.parent)
    temporary = target.parent / f"{TEMPORARY}{os.getpid()}-{os.urandom(4).hex()}"
    try:
        yield temporary
    finally:
        temporary.unlink(missing_ok=True)


def settle(file: Path, size: int) -> None:
    """Wait until the disk has all of a file.

    Raises
    ------
    OSError
        When it kept less than was written: it was full for a moment.
    """
    with file.open("r+b") as written:
        os.fsync(written.fileno())
        kept = os.fstat(written.fileno()).st_size
    if kept != size:
        raise OSError(errno.ENOSPC, f"{kept:,} of {size:,} bytes were kept", str(file))


def set_aside_and_delete(target: Path) -> None:
    """Delete a file or a folder into which a worker may write in this moment: under another name nobody finds it."""
    aside = target.parent / f"{_DELETED}{os.getpid()}-{os.urandom(4).hex()}"
    try:
        target.rename(aside)
    except FileNotFoundError:
        return
    # A file that was being made when the folder was set aside may arrive while it is emptied.
    for _ in range(_TRIES):
        if aside.is_dir() and not aside.is_symlink():
            shutil.rmtree(aside, ignore_errors=True)
        else:
            aside.unlink(missing_ok=True)
        if not aside.exists():
            return
        time.sleep(0.02)


def left_behind(root: Path) -> list[Path]:
    """What processes that ended left half-written or half-deleted below a folder."""
    found = []
    for temporary in [*root.rglob(f"{TEMPORARY}*"), *root.rglob(f"{_DELETED}*")]:
        pid = temporary.name.split("-")[1]
        with suppress(OSError):
            age = time.time() - temporary.stat().st_mtime
            # A process of another machine may write into the same folder: its number says nothing here.
            if age > LONGEST_SECONDS or (age > _WRITING_SECONDS and not _is_running(pid)):
                found.append(temporary)
    return found


def _is_running(pid: str) -> bool:
    return pid.isdigit() and psutil.pid_exists(int(pid))
