"""Unpacks gzip, bzip2, xz, Zstandard, zip and tar files as a stream, told apart by their first bytes."""

from __future__ import annotations

import bz2
import errno
import gzip
import lzma
import shutil
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any

from core.errors import AbsentPartError, DataError
from core.readers.reading.damage import full_disk
from core.readers.reading.report import Progress, listed

_CHUNK = 1 << 20
_MAGIC = {
    b"\x1f\x8b": "gzip",
    b"BZh": "bzip2",
    b"\xfd7zXZ\x00": "xz",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"PK\x03\x04": "zip",
    b"PK\x05\x06": "zip",
}
ENDINGS = {
    "gzip": (".gz", ".gzip", ".tgz"),
    "bzip2": (".bz2",),
    "xz": (".xz",),
    "zstd": (".zst", ".zstd"),
    "zip": (".zip",),
    "tar": (".tar",),
}
_TAR_MARK = slice(257, 262)
_NO_TABLES = (
    ".txt",
    ".md",
    ".rst",
    ".pdf",
    ".html",
    ".htm",
    ".names",
    ".doc",
    ".docx",
    ".png",
    ".jpg",
    ".py",
    ".ipynb",
)
_SPARE_DISK = 1 << 30
_MOST_TIMES = 250
"""What is packed this many times smaller is made to fill a disk; tables are by a hundred at most."""
UNASKED = 1 << 30
"""Up to so many bytes unpacked nobody asks how small they were."""
_WINDOW = 1 << 27
"""The memory that zstd's own program takes to unpack, unless told otherwise."""
_DEPTH = 3
"""Packings inside packings that are undone: a .csv.gz in a zip is common."""


@dataclass(frozen=True)
class Unpacked:
    """A file without its packings."""

    file: Path
    name: str
    """What it is called without the packings' endings."""
    packings: str
    """``zip, gzip``; empty for none."""
    member: str
    """What was named and is no file of an archive: a sheet within the file, perhaps."""


def packing(head: bytes) -> str:
    """How a file that begins with these bytes is packed, empty when it is not."""
    if head[_TAR_MARK] == b"ustar":
        return "tar"
    return next((kind for magic, kind in _MAGIC.items() if head.startswith(magic)), "")


def unpack(source: Path, name: str, folder: Path, member: str, progress: Progress) -> Unpacked:
    """Undo every packing around a file.

    Parameters
    ----------
    source, name
        The file and what the user calls it.
    folder
        Where the unpacked file is put.
    member
        Which file of an archive is meant; needed only when it holds several. In an archive of one file it may name a
        sheet of that file.

    Raises
    ------
    DataError
        When the archive is damaged, protected, holds no table or several, or unpacks to more than the disk holds.
    """
    kinds: list[str] = []
    for depth in range(_DEPTH):
        with source.open("rb") as file:
            kind = packing(file.read(512))
        if not kind or (kind == "zip" and _is_document(source)):
            break
        target = folder / f"unpacked{depth}"
        try:
            if kind in ("zip", "tar"):
                open_archive = _unzip if kind == "zip" else _untar
                name, used = open_archive(source, name, target, member, progress)
                member = "" if used else member
            else:
                _copy(_opened(name, kind), target, name, source, progress)
                name = _without_ending(name, ENDINGS[kind])
        except (EOFError, OSError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, tarfile.TarError) as error:
            raise _damaged(name, kind, error) from error
        source = target
        kinds.append(kind)
    return Unpacked(source, name, ", ".join(kinds), member)


def _opened(name: str, kind: str) -> Callable[[IO[bytes]], Iterator[bytes]]:
    if kind == "zstd":
        return lambda raw: _zstd_chunks(raw, name)
    opener: Any = {"gzip": gzip.GzipFile, "bzip2": bz2.BZ2File, "xz": lzma.LZMAFile}[kind]

    def chunks(raw: IO[bytes]) -> Iterator[bytes]:
        with opener(fileobj=raw) if kind == "gzip" else opener(raw) as packed:
            while chunk := packed.read(_CHUNK):
                yield chunk

    return chunks


def _zstd_chunks(raw: IO[bytes], name: str) -> Iterator[bytes]:
    """Every frame's content; a stream that ends within a frame is an error, which the library's reader hides."""
    import zstandard

    decoder = zstandard.ZstdDecompressor(max_window_size=_WINDOW).decompressobj()
    open_frame = False
    while packed := raw.read(_CHUNK // 4):
        while packed:
            try:
                content = decoder.decompress(packed)
            except zstandard.ZstdError as error:
                if "too much memory" in str(error):
                    raise DataError(
                        f"The file {name!r} is packed so that unpacking takes more than {_WINDOW >> 20} MB of memory. "
                        "Pack it again without --long and --ultra, or upload the file itself."
                    ) from error
                raise OSError(str(error)) from error
            if content:
                yield content
            open_frame, packed = not decoder.eof, decoder.unused_data if decoder.eof else b""
            if decoder.eof:
                decoder = zstandard.ZstdDecompressor(max_window_size=_WINDOW).decompressobj()
    if open_frame:
        raise EOFError("the last frame is not complete")


def _copy(
    chunks: Callable[[IO[bytes]], Iterator[bytes]], target: Path, name: str, source: Path, progress: Progress
) -> None:
    size, written = max(source.stat().st_size, 1), 0
    with source.open("rb") as raw, target.open("wb") as out:
        for chunk in chunks(raw):
            out.write(chunk)
            written += len(chunk)
            check_ratio(name, size, written)
            _check_disk(target, written, name)
            progress(raw.tell() / size)


def check_ratio(name: str, packed: int, unpacked: int, unasked: int = 0) -> None:
    """Refuse what grows as no table does when it is unpacked, before it fills the disk.

    Raises
    ------
    DataError
        When more than ``unasked`` bytes (a gigabyte by default) come out, and of each byte more than any table holds.
    """
    if unpacked > (unasked or UNASKED) and unpacked > _MOST_TIMES * packed:
        raise DataError(
            f"The file {name!r} unpacks to more than {_MOST_TIMES} times its size, {unpacked / 2**30:,.2g} GB and "
            "more, as no table does. Unpack it on your computer, look at what it is, and read the table itself."
        )


def _check_disk(target: Path, written: int, name: str) -> None:
    # Asking the disk costs little against a megabyte of unpacking.
    if shutil.disk_usage(target.parent).free < _SPARE_DISK:
        raise DataError(
            f"The file {name!r} must unpack onto the server's disk. It is full after {written / 1e9:.1f} GB. "
            "Free some space, or upload a part of the rows."
        )


def _unzip(source: Path, name: str, target: Path, member: str, progress: Progress) -> tuple[str, bool]:
    """Write the file that is meant; its name, and whether it was named."""
    with zipfile.ZipFile(source) as archive:
        files = {info.filename: info for info in archive.infolist() if not info.is_dir()}
        path, was_named = _chosen_member(list(files), "zip file", name, member)
        chosen = files[path]
        if chosen.flag_bits & 1:
            raise DataError(
                f"The zip file {name!r} must not be protected by a password, but {chosen.filename!r} in it is. "
                "Unpack it on your computer and upload the file itself."
            )
        check_ratio(name, max(chosen.compress_size, 1), chosen.file_size)
        try:
            with archive.open(chosen) as packed:
                _lay_down(packed, target, name, chosen.file_size, progress)
        except NotImplementedError as error:
            raise DataError(
                f"The zip file {name!r} is packed in a way that cannot be undone here ({error}). "
                "Pack it again with the usual method (deflate), or upload the file itself."
            ) from error
    return PurePosixPath(path).name, was_named


def _untar(source: Path, name: str, target: Path, member: str, progress: Progress) -> tuple[str, bool]:
    """Write the file that is meant; its name, and whether it was named. Links in an archive are no files."""
    with tarfile.open(source, "r:") as archive:
        files = {info.name.removeprefix("./"): info for info in archive if info.isreg()}
        path, was_named = _chosen_member(list(files), "tar archive", name, member)
        packed = archive.extractfile(files[path])
        assert packed is not None, "a regular file"
        with packed:
            _lay_down(packed, target, name, files[path].size, progress)
    return PurePosixPath(path).name, was_named


def _lay_down(packed: IO[bytes], target: Path, name: str, size: int, progress: Progress) -> None:
    written = 0
    with target.open("wb") as out:
        while chunk := packed.read(_CHUNK):
            out.write(chunk)
            written += len(chunk)
            _check_disk(target, written, name)
            progress(written / max(size, 1))


def _chosen_member(paths: Sequence[str], kind: str, name: str, wanted: str) -> tuple[str, bool]:
    """The file that is meant, and whether it is the one that was named."""
    files = [path for path in paths if not _is_hidden(path)]
    for path in files:
        if wanted and wanted in (path, PurePosixPath(path).name):
            return path, True
    tables = [path for path in files if not path.lower().endswith(_NO_TABLES)] or files
    if wanted and len(tables) != 1:
        raise AbsentPartError(
            f"The {kind} {name!r} has no file {wanted!r}. It holds {listed(files)}. Name one of these."
        )
    if not tables:
        raise DataError(f"The {kind} {name!r} must hold a table, but it is empty. Pack it again with the file in it.")
    if len(tables) > 1:
        raise DataError(
            f"The {kind} {name!r} must hold one table, but it holds {len(tables)}: {listed(tables)}. "
            "Upload one of them, or name it in the reading options."
        )
    return tables[0], False


def _is_hidden(path: str) -> bool:
    return path.startswith("__MACOSX/") or PurePosixPath(path).name.startswith(".")


def _is_document(source: Path) -> bool:
    """Whether a zip file is a format of its own: an Excel workbook, or NumPy arrays."""
    try:
        with zipfile.ZipFile(source) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError):
        return False
    return (
        "[Content_Types].xml" in names
        or "mimetype" in names
        or (bool(names) and all(n.endswith(".npy") for n in names))
    )


def _without_ending(name: str, endings: tuple[str, ...]) -> str:
    ending = next((e for e in endings if name.lower().endswith(e)), "")
    return name[: len(name) - len(ending)] if ending else name


def _damaged(name: str, kind: str, error: Exception) -> DataError:
    if isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return full_disk(name)
    if isinstance(error, EOFError):
        what = "it ends too early"
    else:
        what = str(error).strip().rstrip(".") or type(error).__name__
    return DataError(
        f"The file {name!r} must be a whole {kind} file, but {what}. It may have been cut off on its way: "
        "copy or upload it again."
    )
