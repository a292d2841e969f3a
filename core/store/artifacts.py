"""Files by name under one root, a folder or an object store: tables, weights and JSON. Knows not what is in them."""

import contextlib
import hashlib
import re
import shutil
import tempfile
import time
from pathlib import Path, PurePosixPath
from typing import Any

import fsspec
from fsspec.implementations.local import LocalFileSystem

from core.errors import ConfigError, DataError, MissingError
from core.store.files import checksums
from core.store.files.whole_files import TEMPORARY, beside, left_behind, set_aside_and_delete, settle
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
    Files are written whole or not at all: a reader, or a process that is killed, never leaves half of one. Each has a
    checksum beside it (:mod:`core.store.files.checksums`) that is compared when it is read: once a version of a file
    and process where it is read as a path.
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
        self._verified: dict[str, tuple[int, int, int]] = {}
        """Files that were compared with their checksums, as they were then."""

    def read_bytes(self, path: str) -> bytes:
        """The content of a file.

        Raises
        ------
        MissingError
            When there is no such file.
        DamagedError
            When it is not what was written.
        """
        for _ in range(_LOOKS):
            try:
                content = bytes(self._fs.cat_file(self._full(path)))
            except FileNotFoundError:
                raise _missing(path) from None
            known = self._checksums(path)
            if not known or checksums.of_bytes(content) in known:
                return content
        # Not once: a file that was replaced twice meanwhile is no damaged one.
        raise checksums.damaged(path)

    def write_bytes(self, path: str, content: bytes) -> None:
        """Write a file, in place of the one that is there."""
        place = self._full(path)
        checksum = checksums.of_bytes(content)
        if self._folder is None:
            self._note_checksum(path, checksum)
            self._fs.pipe_file(place, content)
            return
        with beside(Path(place)) as temporary:
            temporary.write_bytes(content)
            settle(temporary, len(content))
            self._note_checksum(path, checksum)
            temporary.replace(place)

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
            raise checksums.damaged(path) from None

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
        hidden = (TEMPORARY, checksums.PREFIX)
        return sorted(name for name in names if not PurePosixPath(name).name.startswith(hidden))

    def delete(self, prefix: str) -> None:
        """Delete a file, or a folder with everything in it; nothing happens when there is none."""
        full = self._full(prefix)
        if self._folder is None:
            self._fs.invalidate_cache()
            if self._fs.exists(full):
                self._fs.rm(full, recursive=True)
            if self._fs.exists(self._full(checksums.sum_path(prefix))):
                self._fs.rm(self._full(checksums.sum_path(prefix)))
        else:
            set_aside_and_delete(Path(full))
            Path(self._full(checksums.sum_path(prefix))).unlink(missing_ok=True)
        shutil.rmtree(self._cache / prefix, ignore_errors=True)
        if (self._cache / prefix).is_file():
            (self._cache / prefix).unlink(missing_ok=True)

    def sweep(self, prefix: str, pid: int) -> None:
        """Delete what a process that was killed left half-written below the folder ``prefix``."""
        if self._folder is not None:
            for temporary in Path(self._full(prefix)).rglob(f"{TEMPORARY}{pid}-*"):
                temporary.unlink(missing_ok=True)

    def remove_half_written(self) -> int:
        """Delete what processes that ended left half-written or half-deleted, in a folder store; how many that were."""
        found = self.half_written()
        for temporary in found:
            with contextlib.suppress(OSError):
                shutil.rmtree(temporary) if temporary.is_dir() else temporary.unlink()
        return len(found)

    def half_written(self) -> tuple[Path, ...]:
        """What processes that ended left half-written or half-deleted, in a folder store."""
        return () if self._folder is None else tuple(left_behind(self._folder))

    def age(self, prefix: str) -> float:
        """Seconds since something changed right in a folder; endless where the storage cannot tell."""
        if self._folder is None:
            return float("inf")
        return time.time() - Path(self._full(prefix)).stat().st_mtime

    def has_sum(self, path: str) -> bool:
        """Whether a file of that name gets a checksum."""
        return checksums.has_sum(path)

    def checksum(self, path: str) -> str:
        """The checksum of what was written last under that name; empty where there is none."""
        return next(iter(self._checksums(path)), "")

    def seal(self, path: str) -> bool:
        """Give a file that has no checksum that of what it holds now; whether it got one."""
        if not checksums.has_sum(path) or self._checksums(path):
            return False
        self._note_checksum(path, checksums.of_bytes(self.read_bytes(path)))
        return True

    def restore_json(self, path: str, value: Any) -> bool:
        """Write plain values in place of a damaged file, if they are what it held; whether they are."""
        if checksums.of_bytes(dump(value).encode()) not in self._checksums(path):
            return False
        self.write_json(path, value)
        return True

    def put_file(self, local: Path | str, path: str) -> None:
        """Copy a file of this machine to ``path``; a folder store moves nothing until the copy is whole."""
        place = self._full(path)
        if self._folder is None:
            self._note_checksum(path, checksums.of_file(Path(local)))
            self._fs.put_file(str(local), place)
            return
        with beside(Path(place)) as temporary:
            with Path(local).open("rb") as source, temporary.open("wb") as copy:
                checksum = checksums.copied(source, copy)
            settle(temporary, checksums.size(checksum))
            self._note_checksum(path, checksum)
            temporary.replace(place)

    def local(self, path: str) -> Path:
        """The file as a path on this machine: itself in a folder, else a copy that is fetched once per version.

        Raises
        ------
        MissingError
            When there is no such file.
        DamagedError
            When it is not what was written.
        """
        full = self._full(path)
        if self._folder is not None:
            if not Path(full).is_file():
                raise _missing(path)
            self._verify(path, Path(full))
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
            with beside(copy) as temporary:
                self._fs.get_file(full, str(temporary))
                self._verify(path, temporary)
                temporary.replace(copy)
            for older in folder.iterdir():
                if older != copy and not older.name.startswith(TEMPORARY):
                    older.unlink(missing_ok=True)
        return copy

    def is_lost(self, path: str) -> bool:
        """Whether a file is gone that was not deleted by us: its checksum is still there."""
        return not self.exists(path) and bool(self._checksums(path))

    def lost(self, prefix: str = "") -> tuple[str, ...]:
        """Every file below a folder that is gone without its checksum."""
        full = self._full(prefix) if prefix else self._base
        self._fs.invalidate_cache()
        found = self._fs.find(full) if self._fs.exists(full) else []
        names = [PurePosixPath(name).relative_to(self._base.lstrip() or "/") for name in found]
        sums = [name for name in names if name.name.startswith(checksums.PREFIX)]
        there, files = set(names), [name.with_name(name.name.removeprefix(checksums.PREFIX)) for name in sums]
        return tuple(sorted(file.as_posix() for file in files if file not in there))

    def verify(self, path: str) -> bool:
        """Compare a file with its checksum, whether or not that was done before; whether it has one.

        Raises
        ------
        MissingError
            When there is no such file.
        DamagedError
            When it is not what was written.
        """
        self._verified.pop(path, None)
        if not self._checksums(path):
            self.size(path)
            return False
        if self._folder is None:
            self.read_bytes(path)
        else:
            self.local(path)
        return True

    def _verify(self, path: str, file: Path) -> None:
        for look in range(_LOOKS):
            try:
                now = file.stat()
                version = (now.st_ino, now.st_mtime_ns, now.st_size)
                if self._verified.get(path) == version:
                    return
                known = self._checksums(path)
                if not known or checksums.of_file(file) in known:
                    self._verified[path] = version
                    return
            except FileNotFoundError:
                raise _missing(path) from None
            if look:
                time.sleep(0.01)
        raise checksums.damaged(path)

    def _checksums(self, path: str) -> tuple[str, ...]:
        """The checksums that a file may have; none where it was written without."""
        if not checksums.has_sum(path):
            return ()
        try:
            return tuple(checksums.accepted(bytes(self._fs.cat_file(self._full(checksums.sum_path(path))))))
        except FileNotFoundError:
            return ()

    def _note_checksum(self, path: str, new: str) -> None:
        """Write the checksum of a file that is about to be put in its place."""
        if not checksums.has_sum(path):
            return
        place = self._full(checksums.sum_path(path))
        content = checksums.with_new("\n".join(self._checksums(path)).encode(), new)
        if self._folder is None:
            self._fs.pipe_file(place, content)
            return
        with beside(Path(place)) as temporary:
            temporary.write_bytes(content)
            temporary.replace(place)

    def _full(self, path: str) -> str:
        parts = str(path).split("/")
        if not all(_SAFE.fullmatch(part) and part not in {".", ".."} for part in parts):
            raise DataError(
                f"A file's name in the storage must be a relative path of plain words such as runs/x/model.json. "
                f"Got {path!r}."
            )
        return f"{self._base}/{path}"


_SAFE = re.compile(r"[\w\-=+.,@ ]+")
_LOOKS = 3
"""How often a file is looked at before it is called damaged."""


def _missing(path: str) -> MissingError:
    return MissingError(f"There is no file {path} in the storage. {checksums.remedy(path)}", path)
