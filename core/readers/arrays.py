"""NumPy's files: a matrix (.npy), or named arrays (.npz) such as the X and y of ADBench."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.errors import DataError
from core.readers import READERS
from core.readers.reading.names import clean_names
from core.readers.reading.report import ReadJob, ReadReport, listed
from core.readers.reading.typed import MOST_COLUMNS, damaged

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LABELS = ("y", "Y", "label", "labels", "target", "targets", "y_true")
_CELLS = 2_000_000


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
            columns, rows = _columns(job, arrays)
            _write(job, columns, rows)
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
        for at, name in enumerate(archive.namelist()):
            target = job.folder / f"array{at}.npy"
            with archive.open(name) as packed, target.open("wb") as out:
                shutil.copyfileobj(packed, out, 1 << 20)
            key = name.removesuffix(".npy")
            arrays[key] = _mapped(job, target, key)
    if not arrays:
        raise DataError(f"The file {job.name!r} must hold arrays, but it is empty. Save it again with X in it.")
    return arrays


def _mapped(job: ReadJob, path: Path, key: str) -> NDArray[Any]:
    import numpy as np

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


def _columns(job: ReadJob, arrays: Mapping[str, NDArray[Any]]) -> tuple[dict[str, NDArray[Any]], int]:
    """One-dimensional arrays of one length by column name."""
    arrays = _named_parts(job, arrays)
    length = max((len(array) for array in arrays.values() if array.ndim), default=0)
    used = {key: array for key, array in arrays.items() if array.ndim and len(array) == length}
    if dropped := [key for key in arrays if key not in used]:
        job.note(f"Arrays with another number of rows than {length:,} were left out: {listed(dropped)}.")
    columns: dict[str, NDArray[Any]] = {}
    for key, array in used.items():
        columns |= _spread(job, "x" if key in ("", "X", "x", "data") else key, array)
    if not columns or not length:
        raise DataError(f"The file {job.name!r} must hold rows, but its arrays are empty. Save it again with X in it.")
    if len(columns) > MOST_COLUMNS:
        raise DataError(
            f"A table may have {MOST_COLUMNS:,} columns. {job.name!r} has {len(columns):,}. "
            "Choose the ones that matter."
        )
    names, notes = clean_names(list(columns))
    for note in notes:
        job.note(note)
    return dict(zip(names, columns.values(), strict=True)), length


def _named_parts(job: ReadJob, arrays: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """Fields of structured arrays apart, and the label under the name that says so."""
    import numpy as np

    parts: dict[str, NDArray[Any]] = {}
    for key, array in arrays.items():
        if array.dtype.names:
            parts |= {name: array[name] for name in array.dtype.names}
        else:
            parts[key] = array
    flat = {
        key: array.reshape(-1) if array.ndim == 2 and array.shape[1] == 1 else array for key, array in parts.items()
    }
    label = next((key for key in _LABELS if key in flat and flat[key].ndim == 1), "")
    if label and label != "label" and "label" not in flat and any(array.ndim > 1 for array in flat.values()):
        flat["label"] = flat.pop(label)
    values = flat.get("label")
    # ADBench stores its labels as floats.
    if values is not None and values.dtype.kind == "f" and np.array_equal(values, np.round(values)):
        flat["label"] = values.astype(np.int64)
    return flat


def _spread(job: ReadJob, key: str, array: NDArray[Any]) -> dict[str, NDArray[Any]]:
    if array.ndim == 1:
        return {key: array}
    if array.ndim > 2:
        job.note(f"The array {key!r} has the shape {array.shape}; each row was laid flat.")
        array = array.reshape(len(array), -1)
    if array.shape[1] > MOST_COLUMNS:
        raise DataError(
            f"A table may have {MOST_COLUMNS:,} columns. The array {key!r} of {job.name!r} has {array.shape[1]:,}. "
            "Choose the ones that matter."
        )
    return {f"{key}{place}": array[:, place] for place in range(array.shape[1])}


def _write(job: ReadJob, columns: Mapping[str, NDArray[Any]], rows: int) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    step = max(1, _CELLS // len(columns))
    end = min(rows, job.limit) if job.limit else rows
    first = {name: _plain(array[: min(step, end)]) for name, array in columns.items()}
    schema = pa.table(first).schema
    with pq.ParquetWriter(job.out, schema, compression="zstd") as writer:
        for stretch in _stretches(end, step):
            batch = {name: _plain(array[stretch]) for name, array in columns.items()}
            writer.write_table(pa.table(batch, schema=schema))
            job.progress(stretch.stop / end)


def _stretches(end: int, step: int) -> Iterator[slice]:
    return (slice(at, min(at + step, end)) for at in range(0, end, step))


def _plain(array: NDArray[Any]) -> Any:
    """A stretch of a column in a type that a table holds; what is not finite is missing."""
    import numpy as np
    import pyarrow as pa

    kind = array.dtype.kind
    if kind in "fc":
        real = array.real if kind == "c" else array
        wide = np.ascontiguousarray(real, dtype=np.float64 if real.dtype != np.float32 else np.float32)
        return pa.array(wide, mask=~np.isfinite(wide))
    if kind == "u" and array.dtype.itemsize == 8:
        return pa.array(array.astype(np.float64))
    if kind in "iub":
        return pa.array(np.ascontiguousarray(array))
    if kind == "M":
        return pa.array(array.astype("datetime64[us]"))
    if kind == "m":
        return pa.array(array / np.timedelta64(1, "s"))
    words = np.char.decode(array, "utf-8", "replace") if kind == "S" else array
    return pa.array([str(word) for word in words])
