"""Checksums of stored files: what was written, so that a flipped bit is found when a file is read.

The checksum of ``scores.parquet`` lies beside it, in ``.sum-scores.parquet``. It is written first and holds the one of
the file that is replaced besides, so that a process killed between the two writes leaves nothing that looks damaged.
Files of versions before have none: they are read as they are.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import BinaryIO

import xxhash

from core.errors import DamagedError

PREFIX = ".sum-"
"""How the names of files begin that hold a checksum."""
UNSUMMED = ("progress.json", "request.json")
"""Files that several processes write at once, many times a minute, and that nobody needs when they are gone."""
_KIND = "xxh3"
_PIECE = 1 << 22


def sum_path(path: str) -> str:
    """Where the checksum of a file lies."""
    place = PurePosixPath(path)
    return place.with_name(PREFIX + place.name).as_posix()


def has_sum(path: str) -> bool:
    """Whether a file of that name gets a checksum."""
    return PurePosixPath(path).name not in UNSUMMED


def of_bytes(content: bytes) -> str:
    """The checksum of what a file shall hold."""
    return f"{_KIND} {xxhash.xxh3_128_hexdigest(content)} {len(content)}"


def of_file(path: Path) -> str:
    """The checksum of a file, read in pieces."""
    with path.open("rb") as file:
        return _of_pieces(file, lambda piece: None)


def size(checksum: str) -> int:
    """The bytes of the file that a checksum is of."""
    return int(checksum.split()[2])


def copied(source: BinaryIO, target: BinaryIO) -> str:
    """Copy a file to its end, and the checksum of what was read."""
    return _of_pieces(source, target.write)


def _of_pieces(source: BinaryIO, take: Callable[[bytes], object]) -> str:
    found, size = xxhash.xxh3_128(), 0
    while piece := source.read(_PIECE):
        found.update(piece)
        size += len(piece)
        take(piece)
    return f"{_KIND} {found.hexdigest()} {size}"


def with_new(known: bytes, new: str) -> bytes:
    """What is written into a file of checksums: the new one, and that of what lies there until it is replaced."""
    before = [line for line in accepted(known) if line != new]
    return "\n".join([new, *before[:1]]).encode() + b"\n"


def accepted(known: bytes) -> list[str]:
    """The checksums that a file may have, the newest first; none of a file of checksums that is itself damaged."""
    lines = known.decode("ascii", "replace").splitlines()
    return [line for line in lines if line.startswith(f"{_KIND} ") and len(line.split()) == 3]


def damaged(path: str) -> DamagedError:
    """The error for a file that is not what was written."""
    return DamagedError(f"The file {path} in the storage is damaged: it is not what was written. {remedy(path)}", path)


def remedy(path: str) -> str:
    """What to do about a stored file that is damaged or missing."""
    name = PurePosixPath(path).name
    if path.startswith("datasets/"):
        return "Read the uploaded file again (anomalens doctor --repair does where it is kept), or put it back."
    if name.endswith(".safetensors") or name in {"model.json", "encoder.json"}:
        return "Put it back from a copy, or train again."
    return "Let it be made again (anomalens doctor --repair), put it back from a copy, or train again."
