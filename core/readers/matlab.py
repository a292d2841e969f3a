"""MATLAB's files (.mat): a matrix X and labels y, as ADBench has them, or any arrays of one number of rows."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.errors import DataError
from core.readers import READERS
from core.readers.from_libraries.hdf5 import matlab_variables
from core.readers.from_libraries.matrices import MATRICES, columns_of, write_columns
from core.readers.reading.damage import damaged
from core.readers.reading.report import ReadJob, ReadReport, listed

if TYPE_CHECKING:
    from numpy.typing import NDArray

_MOST_CELLS = 500_000_000
_FEW = 200
"""Ten times the rows of a matrix that may hold signals in rows: channels by moments."""
_HDF5 = slice(512, 520)
"""Where the mark of HDF5 stands in a file of version 7.3."""


class Matlab:
    """MATLAB."""

    title = "MATLAB"
    endings = (".mat",)
    order = 31

    def recognises(self, head: bytes, path: Path) -> bool:
        """By the words at the beginning, or the mark of versions 5 to 7 behind them."""
        return head.startswith(b"MATLAB 5.0") or _is_newer(head) or _is_version_5(head) or _is_version_4(head)

    def read(self, job: ReadJob) -> ReadReport:
        """Load the variables and lay those of one number of rows beside each other."""
        with job.source.open("rb") as file:
            newer = _is_newer(file.read(_HDF5.stop))
        found = matlab_variables(job) if newer else _load(job)
        arrays, names = _as_columns(job, _flat(job, found))
        columns, rows = columns_of(job, arrays, names)
        write_columns(job, columns, rows)
        title = f"{self.title} 7.3" if newer else self.title
        return ReadReport(min(rows, job.limit) if job.limit else rows, tuple(columns), title, notes=tuple(job.notes))


READERS.register("matlab")(Matlab())


def _is_newer(head: bytes) -> bool:
    return head.startswith(b"MATLAB") and head[_HDF5] == b"\x89HDF\r\n\x1a\n"


def _is_version_5(head: bytes) -> bool:
    """The header's last four bytes: the version and the order of bytes; the words before are whatever wrote them."""
    return head[124:128] in (b"\x00\x01IM", b"\x01\x00MI") and head[:4].strip(b"\x00") != b""


def _is_version_4(head: bytes) -> bool:
    """Five numbers that fit a first variable, and its name: there is no mark."""
    if len(head) < 24:
        return False
    for order in ("<", ">"):
        kind, rows, columns, has_imaginary, length = struct.unpack(f"{order}5i", head[:20])
        name = head[20 : 20 + max(length, 0)]
        fits = 0 <= kind % 1000 <= 52 and kind // 1000 in (0, 1) and has_imaginary in (0, 1) and 2 <= length <= 64
        if fits and rows >= 0 and columns >= 0 and name[-1:] == b"\x00" and name[:-1].isascii() and name[:1].isalpha():
            return True
    return False


def _load(job: ReadJob) -> dict[str, Any]:
    import scipy.io

    try:
        with job.source.open("rb") as file:
            found = scipy.io.loadmat(file, struct_as_record=True, chars_as_strings=True)
    except MemoryError:
        raise
    except Exception as error:
        # The parser meets damage as whatever error comes first.
        raise damaged(job.name, "MATLAB", error) from error
    return {key: value for key, value in found.items() if not (key.startswith("__") and key.endswith("__"))}


def _flat(job: ReadJob, found: Mapping[str, Any], prefix: str = "") -> dict[str, NDArray[Any]]:
    """Fields of structs as variables of their own, cells of words as arrays; what no table holds is said."""
    import numpy as np
    from scipy import sparse

    flat: dict[str, NDArray[Any]] = {}
    single: list[str] = []
    for key, value in found.items():
        name = f"{prefix}{key}"
        if type(value).__name__ == "MatlabOpaque" or (
            isinstance(value, np.ndarray) and value.dtype.names and "_Class" in "".join(value.dtype.names)
        ):
            job.note(
                f"The variable '{name or 'without a name'}' is an object of MATLAB (a table, a string or a datetime), "
                "which MATLAB alone reads; it was left out. Save it with writetable, or as a matrix (table2array)."
            )
        elif sparse.issparse(value):
            if value.shape[0] * value.shape[1] > _MOST_CELLS:
                raise DataError(
                    f"The sparse matrix '{name}' of {job.name!r} would have {value.shape[0] * value.shape[1]:,} cells. "
                    f"A matrix may have {_MOST_CELLS:,}. Choose the columns that matter."
                )
            flat[name] = value.toarray()
        elif isinstance(value, np.ndarray) and value.dtype.names:
            flat |= _struct(job, name, value)
        elif isinstance(value, np.ndarray) and value.dtype == object and (fields := _structs(value)):
            for field, cells in fields.items():
                flat |= _flat(job, {field: cells}, f"{name}.")
        elif isinstance(value, np.ndarray) and value.dtype == object:
            words = _cells(value)
            if words is None:
                job.note(f"The variable '{name}' is a cell array of more than words and numbers; it was left out.")
            else:
                flat[name] = words
        elif isinstance(value, np.ndarray) and value.size > 1:
            flat[name] = value
        else:
            single.append(name)
    if single:
        job.note(f"Single values, of which no row has one of its own, were left out: {listed(single)}.")
    return flat


def _structs(value: NDArray[Any]) -> dict[str, NDArray[Any]]:
    """The fields of a cell array of structs that are all alike, each as a cell array; empty for any other."""
    import numpy as np

    cells = [np.asarray(cell) for cell in value.reshape(-1, order="F")]
    names = cells[0].dtype.names if cells else None
    if not names or any(cell.dtype.names != names or cell.size != 1 for cell in cells):
        return {}
    fields = {}
    for name in names:
        fields[name] = np.empty((len(cells), 1), dtype=object)
        fields[name][:, 0] = [cell.reshape(-1)[0][name] for cell in cells]
    return fields


def _struct(job: ReadJob, name: str, value: NDArray[Any]) -> dict[str, NDArray[Any]]:
    """The fields of one struct, or of an array of structs with a value each."""
    import numpy as np

    fields = list(value.dtype.names or ())
    if value.size == 1:
        return _flat(job, {field: value.reshape(-1)[0][field] for field in fields}, f"{name}.")
    flat = {}
    for field in fields:
        cells = _cells(np.array([*value.reshape(-1)[field]], dtype=object))
        if cells is None:
            job.note(f"The field '{name}.{field}' holds more than a word or number a struct; it was left out.")
        else:
            flat[f"{name}.{field}"] = cells
    return flat


def _cells(value: NDArray[Any]) -> NDArray[Any] | None:
    """A cell array of single words or numbers as an array of these; None for anything else."""
    import numpy as np

    cells = []
    for cell in value.reshape(-1, order="F"):
        inner = np.asarray(cell)
        if inner.dtype == object or inner.dtype.names or inner.size > 1:
            return None
        cells.append(inner.reshape(-1)[0] if inner.size else None)
    if not cells:
        return None
    if all(cell is None or not isinstance(cell, str) for cell in cells):
        numbers = np.array([np.nan if cell is None else cell for cell in cells], dtype=np.float64)
        return numbers
    words = np.empty(len(cells), dtype=object)
    words[:] = [None if cell is None else str(cell).strip() or None for cell in cells]
    return words


def _as_columns(job: ReadJob, arrays: dict[str, NDArray[Any]]) -> tuple[dict[str, NDArray[Any]], tuple[str, ...]]:
    """Rows as columns where MATLAB has them lying, and the names of the matrix's columns where it holds them."""
    import numpy as np

    if not arrays:
        raise DataError(
            f"The MATLAB file {job.name!r} must hold a matrix or columns, but no variable of it can be read. "
            + (job.notes[-1] if job.notes else "Save it again with X in it.")
        )
    # The part behind the struct's name decides: data.X is an X.
    tails = [key.rpartition(".")[2] for key in arrays]
    if len(set(tails)) == len(tails):
        arrays = dict(zip(tails, arrays.values(), strict=True))
    lying = [key for key, array in arrays.items() if array.ndim == 2 and array.shape[0] == 1 < array.shape[1]]
    matrices = [key for key, array in arrays.items() if array.ndim >= 2 and min(array.shape[:2]) > 1]
    said = next((key for key in matrices if key.lower() == job.options.sheet.strip().lower()), "")
    job.sheet = said
    main = (
        said
        or next((key for key in MATRICES if key in matrices), "")
        or max(matrices, key=lambda key: arrays[key].size, default="")
    )
    lengths = {len(array) if array.ndim == 1 else max(array.shape) for k, array in arrays.items() if k not in matrices}
    if main and arrays[main].ndim == 2 and len(arrays[main]) not in lengths and arrays[main].shape[1] in lengths:
        labels = [key for key in arrays if key not in matrices and arrays[key].size == arrays[main].shape[1]]
        if any(arrays[key].dtype.kind in "iufb" for key in labels):
            job.note(f"The matrix '{main}' has its samples in columns, as '{labels[0]}' shows; it was turned around.")
            arrays[main] = arrays[main].T
    elif main and arrays[main].ndim == 2 and _FEW >= len(arrays[main]) * 10 <= arrays[main].shape[1] and not said:
        job.note(f"The matrix '{main}' has few rows and many columns; it was turned around, a sample in each column.")
        arrays[main] = arrays[main].T
    for key in lying:
        if not matrices or arrays[key].shape[1] == len(arrays[main]):
            arrays[key] = arrays[key].reshape(-1)
    return _with_names(job, arrays, main, np.dtype(object))


def _with_names(
    job: ReadJob, arrays: dict[str, NDArray[Any]], main: str, words: Any
) -> tuple[dict[str, NDArray[Any]], tuple[str, ...]]:
    """The arrays without the one that holds the names of the matrix's columns, and these names."""
    if not main or arrays[main].ndim != 2 or len(arrays[main]) == arrays[main].shape[1]:
        return arrays, ()
    width = arrays[main].shape[1]
    for key, array in arrays.items():
        if array.dtype == words and array.size == width and len(set(array.reshape(-1))) == width:
            job.note(f"The columns of '{main}' are called what '{key}' says: {listed([str(w) for w in array], 3)}.")
            return {k: a for k, a in arrays.items() if k != key}, tuple(str(word) for word in array.reshape(-1))
    return arrays, ()
