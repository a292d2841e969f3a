"""Temporary folders named by their process, so that what a killed one left is told from what is still in use."""

import contextlib
import os
import re
import shutil
import socket
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

from core.private import private_folder

LONGEST_SECONDS = 24 * 3600.0
"""What says nothing of a process of this machine is taken for abandoned after so long."""


@contextlib.contextmanager
def scratch_folder(place: Path) -> Iterator[Path]:
    """A new folder in ``place`` for the length of a block; that of a killed process :func:`remove_abandoned` finds."""
    prefix = f"{_host()}~{os.getpid()}~{_started(os.getpid())}~"
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=private_folder(place)))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def remove_abandoned(place: Path, older_than: float = LONGEST_SECONDS) -> list[str]:
    """Delete the folders and files in ``place`` that nobody uses any more; their names.

    Parameters
    ----------
    place
        A folder of temporary folders; nothing happens where there is none.
    older_than
        Seconds after which what says nothing of a process of this machine is deleted.
    """
    removed = []
    for entry in abandoned(place, older_than):
        with contextlib.suppress(OSError):
            shutil.rmtree(entry) if entry.is_dir() and not entry.is_symlink() else entry.unlink()
            removed.append(entry.name)
    return removed


def abandoned(place: Path, older_than: float = LONGEST_SECONDS) -> list[Path]:
    """What :func:`remove_abandoned` would delete."""
    found = []
    with contextlib.suppress(OSError):
        for entry in sorted(place.iterdir()):
            with contextlib.suppress(OSError):
                if _is_abandoned(entry, older_than):
                    found.append(entry)
    return found


def _is_abandoned(entry: Path, older_than: float) -> bool:
    host, *rest = entry.name.split("~")
    if len(rest) == 3 and host == _host() and rest[0].isdigit():
        return _started(int(rest[0])) != rest[1]
    return time.time() - entry.lstat().st_mtime > older_than


def _started(pid: int) -> str:
    """When a process began, as a word: numbers are given again; empty where there is none."""
    try:
        return f"{psutil.Process(pid).create_time():.0f}"
    except psutil.Error:
        return ""


def _host() -> str:
    return re.sub(r"[^\w.-]", "-", socket.gethostname())
