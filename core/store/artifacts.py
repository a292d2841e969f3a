"""Files by name under one root, a folder or an object store: tables, weights and JSON. Knows not what is in them."""

import contextlib
import hashlib
import os
import re
import shutil
import tempfile
import time
from pathlib import Path, PurePosixPath
from typing import Any

import fsspec
import psutil
from fsspec.implementations.local import LocalFileSystem

from core.errors import ConfigError, DataError
from core.private import private_folder
from core.scratch import LONGEST_SECONDS
from core.store.values import dump, load


class Artifacts:
    """Everything that is too large for the run store.

    Parameters
    ----------
    root
        A folder, or an address that fsspec knows (``s3://bucket/prefix``).
    cache
        Where copies of remote files are kept; a folder of the system's temporary folder by default.

    Raises
    ------
    ConfigError
        When no such kind of storage is known or installed.

    Notes
    -----
    Files are written whole or not at all: a reader, or a process that is killed, never leaves half of one.
    """

    def __init__(self, root: str, cache: Path | None = None) -> None:
        self.root = str(root)
        try:
            self._fs, base = fsspec.core.url_to_fs(self.root)
        except (ImportError, ValueError) as error:
            raise ConfigError(
                f"ANOMALENS_STORAGE must be a folder or an address such as s3://bucket/prefix. Got {root!r}: {error}."
            ) from error
        self._base = base.rstrip("/")
        self._folder = Path(self._base) if isinstance(self._fs, LocalFileSystem) else None
        name = hashlib.sha256(self.root.encode()).hexdigest()[:16]
        self._cache = (cache or Path(tempfile.gettempdir()) / "anomalens-cache") / name

    def read_bytes(self, path: str) -> bytes:
        """The content of a file.

        Raises
        ------
        DataError
            When there is no such file.
        """
        try:
            return bytes(self._fs.cat_file(self._full(path)))
        except FileNotFoundError:
            raise _missing(path) from None

    def write_bytes(self, path: str, content: bytes) -> None:
        """Write a file, in place of the one that is there."""
        if self._folder is None:
            self._fs.pipe_file(self._full(path), content)
            return
        target = Path(self._full(path))
        temporary = _temporary(target)
        try:
            with temporary.open("wb") as file:
                file.write(content)
                _flush(file)
            temporary.replace(target)
        finally:
            temporary.unlink(missing_ok=True)

    def read_json(self, path: str) -> Any:
        """The plain values in a JSON file; NaN and infinity are read as written.

        Raises
        ------
        DataError
            When there is no such file, or it is damaged.
        """
        content = self.read_bytes(path)
        try:
            return load(content)
        except ValueError:
            raise DataError(
                f"The file {path} in the storage is damaged. Put it back from a copy, or run it again."
            ) from None

    def write_json(self, path: str, value: Any) -> None:
        """Write plain values as JSON."""
        self.write_bytes(path, dump(value).encode())

    def exists(self, path: str) -> bool:
        """Whether there is such a file."""
        return bool(self._fs.isfile(self._full(path)))

    def size(self, path: str) -> int:
        """Bytes of a file."""
        try:
            return int(self._fs.size(self._full(path)))
        except FileNotFoundError:
            raise _missing(path) from None

    def list(self, prefix: str = "") -> list[str]:
        """Every file whose name begins with the folder ``prefix``, in the order of the alphabet."""
        full = self._full(prefix) if prefix else self._base
        self._fs.invalidate_cache()
        found = self._fs.find(full) if self._fs.exists(full) else []
        names = (PurePosixPath(name).relative_to(self._base.lstrip() or "/").as_posix() for name in found)
        return sorted(name for name in names if not PurePosixPath(name).name.startswith(_TEMPORARY))

    def delete(self, prefix: str) -> None:
        """Delete a file, or a folder with everything in it; nothing happens when there is none."""
        full = self._full(prefix)
        if self._folder is None:
            self._fs.invalidate_cache()
            if self._fs.exists(full):
                self._fs.rm(full, recursive=True)
        else:
            _set_aside_and_delete(Path(full))
        shutil.rmtree(self._cache / prefix, ignore_errors=True)
        if (self._cache / prefix).is_file():
            (self._cache / prefix).unlink(missing_ok=True)

    def sweep(self, prefix: str, pid: int) -> None:
        """Delete what a process that was killed left half-written below the folder ``prefix``."""
        if self._folder is not None:
            for temporary in Path(self._full(prefix)).rglob(f"{_TEMPORARY}{pid}-*"):
                temporary.unlink(missing_ok=True)

    def remove_half_written(self) -> int:
        """Delete what processes that ended left half-written or half-deleted, in a folder store; how many that were."""
        if self._folder is None:
            return 0
        removed = 0
        for temporary in [*self._folder.rglob(f"{_TEMPORARY}*"), *self._folder.rglob(f"{_DELETED}*")]:
            pid = temporary.name.split("-")[1]
            with contextlib.suppress(OSError):
                age = time.time() - temporary.stat().st_mtime
                # A process of another machine may write into the same folder: its number says nothing here.
                if age > LONGEST_SECONDS or (age > _WRITING_SECONDS and not _is_running(pid)):
                    shutil.rmtree(temporary) if temporary.is_dir() else temporary.unlink()
                    removed += 1
        return removed

    def put_file(self, local: Path | str, path: str) -> None:
        """Copy a file of this machine to ``path``; a folder store moves nothing until the copy is whole."""
        if self._folder is None:
            self._fs.put_file(str(local), self._full(path))
            return
        target = Path(self._full(path))
        temporary = _temporary(target)
        try:
            with Path(local).open("rb") as source, temporary.open("wb") as copy:
                shutil.copyfileobj(source, copy, 1 << 22)
                _flush(copy)
            temporary.replace(target)
        finally:
            temporary.unlink(missing_ok=True)

    def local(self, path: str) -> Path:
        """The file as a path on this machine: itself in a folder, else a copy that is fetched once per version.

        Raises
        ------
        DataError
            When there is no such file.
        """
        full = self._full(path)
        if self._folder is not None:
            if not Path(full).is_file():
                raise _missing(path)
            return Path(full)
        self._fs.invalidate_cache()
        try:
            version = hashlib.sha256(str(self._fs.ukey(full)).encode()).hexdigest()[:16]
        except FileNotFoundError:
            raise _missing(path) from None
        folder = self._cache / path
        # The ending stays, because readers choose by it.
        copy = folder / f"{version}-{PurePosixPath(path).name}"
        if not copy.is_file():
            temporary = _temporary(copy)
            try:
                self._fs.get_file(full, str(temporary))
                temporary.replace(copy)
            finally:
                temporary.unlink(missing_ok=True)
            for older in folder.iterdir():
                if older != copy and not older.name.startswith(_TEMPORARY):
                    older.unlink(missing_ok=True)
        return copy

    def _full(self, path: str) -> str:
        parts = str(path).split("/")
        if not all(_SAFE.fullmatch(part) and part not in {".", ".."} for part in parts):
            raise DataError(
                f"A file's name in the storage must be a relative path of plain words such as runs/x/model.json. "
                f"Got {path!r}."
            )
        return f"{self._base}/{path}"


_SAFE = re.compile(r"[\w\-=+.,@ ]+")
_TEMPORARY = ".writing-"
_DELETED = ".deleted-"
_TRIES = 50
_WRITING_SECONDS = 3600.0
"""Nothing is written for longer without a byte more."""


def _missing(path: str) -> DataError:
    return DataError(f"There is no file {path} in the storage. It was deleted, or never finished; run it again.")


def _temporary(target: Path) -> Path:
    """A name beside ``target`` on the same disk, so that the last step is a rename."""
    private_folder(target.parent)
    return target.parent / f"{_TEMPORARY}{os.getpid()}-{os.urandom(4).hex()}"


def _is_running(pid: str) -> bool:
    return pid.isdigit() and psutil.pid_exists(int(pid))


def _set_aside_and_delete(target: Path) -> None:
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


def _flush(file: Any) -> None:
    file.flush()
    os.fsync(file.fileno())
