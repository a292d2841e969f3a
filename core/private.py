"""Folders and files that only their owner can read: what people upload is nobody else's on a shared machine."""

import contextlib
import os
import stat
from pathlib import Path

FOLDER, FILE = 0o700, 0o600
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def private_folder(path: Path) -> Path:
    """A folder, made with all that is missing above it; what is made is its owner's alone, what was there stays."""
    missing = [path, *path.parents]
    missing = missing[: next((k for k, folder in enumerate(missing) if folder.exists()), len(missing))]
    for folder in reversed(missing):
        # Another process may make it at the same moment.
        folder.mkdir(mode=FOLDER, exist_ok=True)
    return path


def private_file(path: Path) -> Path:
    """A file that is there afterwards; one that is made is its owner's alone."""
    with contextlib.suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, FILE))
    return path


def close_to_others(path: Path) -> None:
    """Take everybody else's rights from a folder or a file of ours; what is not ours stays as it is."""
    with contextlib.suppress(OSError):
        found = path.lstat()
        ours = not hasattr(os, "getuid") or found.st_uid == os.getuid()
        if ours and found.st_mode & _OTHERS and not stat.S_ISLNK(found.st_mode):
            path.chmod(stat.S_IMODE(found.st_mode) & ~_OTHERS)
