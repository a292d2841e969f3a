"""NumPy's files: a matrix (.npy), or named arrays (.npz) such as the X and y of ADBench."""

from __future__ import annotations

import math
import shutil
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.errors import DataError
from core.readers import READERS
from core.readers.from_libraries.matrices import columns_of, write_columns
from core.readers.reading.archives import check_ratio
from core.readers.reading.damage import damaged
from core.readers.reading.report import ReadJob, ReadReport

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Arrays:
    """NumPy arrays."""

    title = "NumPy"
    endings = (".npz", ".npy")
    order = 30

    def recognises(self, head: bytes, path: Path) -> bool:
        """By the mark of an array, or a zip file of arrays."""
        if head.startswith(b"\x93NUMPY"):
            return True
        if not head.startswith(b"PK\x03\x04"):
            return False
        try:
            with zipfile.ZipFile(path) as archive:
                return all(name.endswith(".npy") for name in archive.namelist())
        except zipfile.BadZipFile:
            return False

    def read(self, job: ReadJob) -> ReadReport:
        """Map the arrays from disk and write them a stretch of rows at a time."""
        try:
            arrays = _load(job)
            columns, rows = columns_of(job, arrays)
            write_columns(job, columns, rows)
        except (ValueError, EOFError, OSError, zipfile.BadZipFile) as error:
            if isinstance(error, DataError):
                raise
            raise damaged(job.name, self.title, error) from error
        return ReadReport(
            min(rows, job.limit) if job.limit else rows, tuple(columns), self.title, notes=tuple(job.notes)
        )


READERS.register("arrays")(Arrays())


def _load(job: ReadJob) -> dict[str, NDArray[Any]]:
    """The arrays by name, mapped from disk; those of a zip file are unpacked first."""
    with job.source.open("rb") as file:
        if not file.read(6).startswith(b"PK"):
            return {"": _mapped(job, job.source, "")}
    arrays = {}
    with zipfile.ZipFile(job.source) as archive:
        check_ratio(job.name, job.source.stat().st_size, sum(info.file_size for info in archive.infolist()))
        for at, name in enumerate(archive.namelist()):
            target = job.folder / f"array{at}.npy"
            with archive.open(name) as packed, target.open("wb") as out:
                shutil.copyfileobj(packed, out, 1 << 20)
            key = name.removesuffix(".npy")
            arrays[key] = _mapped(job, target, key)
    if not arrays:
        raise DataError(f"The file {job.name!r} must hold arrays, but it is empty. Save it again with X in it.")
    return arrays


def _check_header(job: ReadJob, path: Path, key: str) -> None:
    """Refuse a header that claims more values than the file holds, before anything is made room for."""
    import numpy as np

    with path.open("rb") as file:
        version = np.lib.format.read_magic(file)
        read_header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        if version not in ((1, 0), (2, 0)):
            return
        shape, _, dtype = read_header(file)
        left = path.stat().st_size - file.tell()
    if dtype.hasobject:
        return
    count = math.prod(shape)
    if count and (count < 0 or not dtype.itemsize or count * dtype.itemsize > left):
        which = f"array {key!r} of {job.name!r}" if key else f"file {job.name!r}"
        raise DataError(
            f"The {which} must hold the {count:,} values of {dtype.itemsize} bytes that its header claims, but has "
            f"{left:,} bytes. It may have been cut off on its way: save it again, or copy or upload it again."
        )


def _mapped(job: ReadJob, path: Path, key: str) -> NDArray[Any]:
    import numpy as np

    _check_header(job, path, key)
    try:
        return np.asarray(np.load(path, mmap_mode="r", allow_pickle=False))
    except ValueError as error:
        if "pickle" not in str(error) and "bject" not in str(error):
            raise
        which = f"its array {key!r} holds" if key else "it holds"
        raise DataError(
            f"The file {job.name!r} must hold numbers or words, but {which} Python objects, which could run code when "
            "they are opened. Convert it to numbers (X.astype(float)) and save it again."
        ) from None
