"""The files of an upload, wherever they lie: in a ZIP or tar archive, in a folder, or several by themselves.

Nothing is unpacked onto the disk: a file is read when it is asked for, up to so many bytes.
"""

from __future__ import annotations

import os
import re
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from core.errors import DataError

LARGEST = 512 << 20
"""Bytes of one file at most."""
MOST_BYTES = 64 << 30
"""Bytes of all files of an archive at most, unpacked."""
MOST_FILES = 2_000_000
_RATIO = 1_000
"""So many times its packed size no image is: what says so is made to fill memories."""
_HIDDEN = re.compile(r"(^|/)(\.(?!\.?/)|__MACOSX/|Thumbs\.db$|desktop\.ini$)", re.IGNORECASE)


@dataclass(frozen=True)
class ArchiveFile:
    """A file of an upload."""

    name: str
    """Its path within the upload, with slashes."""
    size: int
    read: Callable[[], bytes]


@dataclass(frozen=True)
class Listing:
    """The files of an upload, and sentences on those that are left out."""

    entries: tuple[ArchiveFile, ...]
    notes: tuple[str, ...] = ()
    archives: tuple[zipfile.ZipFile | tarfile.TarFile, ...] = ()

    def close(self) -> None:
        """Close the archives that the files lie in; after that none can be read."""
        for archive in self.archives:
            archive.close()


def listing(files: Sequence[Path], names: Sequence[str] = ()) -> Listing:
    """The files of an upload, in the order of their names, archives opened.

    Parameters
    ----------
    files
        Archives, or files.
    names
        What the user calls each; their paths below the folder that all lie in by default.

    Raises
    ------
    DataError
        When an archive is damaged, protected, or unpacks to more than can be read.
    """
    shown = list(names) or _relative(files)
    entries: list[ArchiveFile] = []
    notes: list[str] = []
    archives: list[zipfile.ZipFile | tarfile.TarFile] = []
    for file, name in zip(files, shown, strict=True):
        if zipfile.is_zipfile(file) and not is_array_archive(file):
            found = _zipped(file, name)
        elif is_tar(file):
            found = _tarred(file, name)
        else:
            found = Listing((ArchiveFile(name, file.stat().st_size, lambda file=file: _whole(file)),))  # type: ignore[misc]
        entries += found.entries
        notes += found.notes
        archives += found.archives
    return Listing(tuple(sorted(entries, key=lambda entry: natural(entry.name))), tuple(notes), tuple(archives))


def is_array_archive(file: Path) -> bool:
    """Whether a ZIP is one of NumPy's (.npz)."""
    with zipfile.ZipFile(file) as archive:
        names = archive.namelist()
    return bool(names) and all(name.endswith(".npy") for name in names)


def is_tar(file: Path) -> bool:
    """Whether a file is a tar archive, compressed or not."""
    try:
        with tarfile.open(file) as archive:
            return archive.next() is not None
    except (tarfile.TarError, OSError, EOFError, zlib.error):
        return False


def natural(name: str) -> list[tuple[int, int, str]]:
    """The key by which names stand in the order that people expect: 2 before 10."""
    pieces = re.split(r"(\d+)", name.casefold())
    return [(0, int(piece), "") if piece.isdigit() else (1, 0, piece) for piece in pieces if piece]


def _zipped(file: Path, name: str) -> Listing:
    try:
        archive = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, OSError, NotImplementedError) as error:
        raise DataError(f"The archive {name!r} is damaged ({error}). Pack it again and upload that.") from None
    members = [one for one in archive.infolist() if not one.is_dir() and not _HIDDEN.search(one.filename)]
    if any(one.flag_bits & 1 for one in members):
        raise DataError(f"The archive {name!r} is protected by a password. Pack it without one and upload that.")
    _refuse_bomb(name, len(members), sum(one.file_size for one in members), file.stat().st_size)
    kept, notes = _safe([one.filename for one in members])

    def reader(member: zipfile.ZipInfo) -> Callable[[], bytes]:
        def read() -> bytes:
            with archive.open(member) as stream:
                return _limited(stream.read(LARGEST + 1), member.filename)

        return read

    return Listing(
        tuple(ArchiveFile(path, members[k].file_size, reader(members[k])) for k, path in kept), notes, (archive,)
    )


def _tarred(file: Path, name: str) -> Listing:
    try:
        archive = tarfile.open(file)  # noqa: SIM115 - it is read from as long as its entries are
        members = [one for one in archive if one.isfile() and not _HIDDEN.search(one.name)]
    except (tarfile.TarError, OSError, EOFError, zlib.error) as error:
        raise DataError(f"The archive {name!r} is damaged ({error}). Pack it again and upload that.") from None
    _refuse_bomb(name, len(members), sum(one.size for one in members), file.stat().st_size)
    kept, notes = _safe([one.name for one in members])

    def reader(member: tarfile.TarInfo) -> Callable[[], bytes]:
        def read() -> bytes:
            stream = archive.extractfile(member)
            return b"" if stream is None else _limited(stream.read(LARGEST + 1), member.name)

        return read

    return Listing(tuple(ArchiveFile(path, members[k].size, reader(members[k])) for k, path in kept), notes, (archive,))


def _safe(names: Sequence[str]) -> tuple[list[tuple[int, str]], tuple[str, ...]]:
    """Places and paths of those files that lie within their archive, and a sentence on those that climb out of it."""
    kept, climbing = [], []
    for place, name in enumerate(names):
        path = PurePosixPath(name.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts or re.match(r"^[A-Za-z]:", name):
            climbing.append(name)
        else:
            kept.append((place, str(path)))
    if not climbing:
        return kept, ()
    many = f"{len(climbing):,} files have paths that lead" if len(climbing) > 1 else "1 file has a path that leads"
    return kept, (f"{many} out of the archive ({climbing[0]!r}) and {'are' if len(climbing) > 1 else 'is'} left out.",)


def _refuse_bomb(name: str, count: int, unpacked: int, packed: int) -> None:
    if count > MOST_FILES:
        raise DataError(f"The archive {name!r} holds {count:,} files. At most {MOST_FILES:,} are read. Upload a part.")
    if unpacked > MOST_BYTES or unpacked > _RATIO * max(packed, 1 << 20):
        raise DataError(
            f"The archive {name!r} has {packed / 1e6:,.1f} MB and says that it unpacks to {unpacked / 1e9:,.1f} GB, "
            "which no images do. It is not opened. Pack the images again and upload that."
        )


def _limited(content: bytes, name: str) -> bytes:
    if len(content) > LARGEST:
        raise DataError(f"{name} has more than {LARGEST >> 20} MB.")
    return content


def _whole(file: Path) -> bytes:
    if file.stat().st_size > LARGEST:
        raise DataError(f"{file.name} has more than {LARGEST >> 20} MB.")
    return file.read_bytes()


def _relative(files: Sequence[Path]) -> list[str]:
    """Each file's path below the folder that all lie in."""
    if len(files) == 1:
        return [files[0].name]
    top = Path(os.path.commonpath([file.parent.resolve() for file in files]))
    return [file.resolve().relative_to(top).as_posix() for file in files]


def members(entries: Sequence[ArchiveFile], endings: Sequence[str]) -> Iterator[ArchiveFile]:
    """Those files whose names end so."""
    return (entry for entry in entries if entry.name.lower().endswith(tuple(endings)))
