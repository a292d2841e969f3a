"""Arrays within HDF5 files, MATLAB's version 7.3 and pandas' frames among them; nothing pickled is opened."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from core.errors import DataError
from core.readers.from_libraries.chosen import chosen_table
from core.readers.from_libraries.optional import needed
from core.readers.reading.damage import damaged
from core.readers.reading.report import ReadJob, listed

if TYPE_CHECKING:
    from numpy.typing import NDArray

_MOST_BYTES = 2 << 30
_PICKLED = (
    "Pickled Python objects in it ({}) were not opened, because that could run code. Save these columns as plain text."
)


def matlab_variables(job: ReadJob) -> dict[str, Any]:
    """The variables of a MATLAB file of version 7.3, as :func:`scipy.io.loadmat` has those of older files."""
    h5py = needed("h5py", "h5py", job.name, "a MATLAB file of version 7.3")
    with _opened(h5py, job, "MATLAB") as file:
        found = {key: _matlab(h5py, file, file[key], job, key) for key in file if not key.startswith("#")}
    return {key: value for key, value in found.items() if value is not None}


def arrays_within(job: ReadJob) -> dict[str, NDArray[Any]]:
    """Every array of an HDF5 file by its path; the parts of pandas' frames by their columns' names."""
    h5py = needed("h5py", "h5py", job.name, "an HDF5 file")
    with _opened(h5py, job, "HDF5") as file:
        arrays: dict[str, NDArray[Any]] = {}
        pickled: list[str] = []
        elsewhere: list[str] = []
        frames = _frames(h5py, file)
        for path in frames:
            arrays |= _pandas(h5py, file[path], path if len(frames) > 1 else "", job, pickled)
        for path, dataset in _datasets(h5py, file, elsewhere):
            if any(path == frame or path.startswith(f"{frame}/") or not frame for frame in frames):
                continue
            if _is_pickled(dataset):
                pickled.append(path)
            elif dataset.ndim:
                arrays[path] = _values(h5py, dataset, job)
        if elsewhere:
            job.note(f"What lies in other files was not read: {listed(elsewhere)}.")
        if pickled:
            job.note(_PICKLED.format(", ".join(pickled[:6])))
    arrays = _of_one_group(job, arrays)
    if not arrays:
        raise DataError(
            f"The HDF5 file {job.name!r} must hold arrays that can be read, but it has none. "
            + (job.notes[-1] if job.notes else "Save it again with the table in it.")
        )
    return arrays


def _of_one_group(job: ReadJob, arrays: dict[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """The arrays by their last names; where groups such as train and test use the same ones, those of one group."""
    tails = [path.rpartition("/")[2] for path in arrays]
    if len(set(tails)) == len(tails):
        return dict(zip(tails, arrays.values(), strict=True))
    groups: dict[str, dict[str, NDArray[Any]]] = {}
    for path, array in arrays.items():
        group, _, tail = path.rpartition("/")
        groups.setdefault(group, {})[tail] = array
    if job.options.sheet.strip() in arrays:
        return arrays
    rows = {group: max(len(array) for array in inner.values() if array.ndim) for group, inner in groups.items()}
    chosen = chosen_table(job, rows, "group")
    # It named a group, and no array within.
    job.options = replace(job.options, sheet="")
    return groups[chosen]


def _opened(h5py: Any, job: ReadJob, title: str) -> Any:
    try:
        return h5py.File(job.source, "r", locking=False)
    except OSError as error:
        raise damaged(job.name, title, error) from error


def _datasets(h5py: Any, group: Any, elsewhere: list[str]) -> Iterator[tuple[str, Any]]:
    """The datasets of a file itself: links to other files are not followed."""
    for key in group:
        link = group.get(key, getlink=True)
        if isinstance(link, h5py.SoftLink):
            continue
        if isinstance(link, h5py.ExternalLink):
            elsewhere.append(key)
            continue
        item = group[key]
        if isinstance(item, h5py.Group):
            yield from _datasets(h5py, item, elsewhere)
        elif isinstance(item, h5py.Dataset) and _is_elsewhere(item):
            elsewhere.append(key)
        elif isinstance(item, h5py.Dataset):
            yield item.name.lstrip("/"), item


def _is_elsewhere(dataset: Any) -> bool:
    """Whether the values lie in another file, which could be any of the server's."""
    return bool(dataset.external) or dataset.is_virtual


def _values(h5py: Any, dataset: Any, job: ReadJob) -> NDArray[Any]:
    import numpy as np

    if dataset.nbytes > _MOST_BYTES:
        raise DataError(
            f"An array of an HDF5 file may have {_MOST_BYTES >> 30} GB. {dataset.name.lstrip('/')!r} of {job.name!r} "
            f"has {dataset.nbytes / 2**30:.1f} GB. Save the rows that matter, or the table as Parquet."
        )
    try:
        if h5py.check_string_dtype(dataset.dtype):
            words = np.empty(dataset.shape, dtype=object)
            words[...] = dataset.asstr(errors="replace")[()]
            return words
        values = np.asarray(dataset[()])
    except (OSError, TypeError, ValueError) as error:
        raise damaged(job.name, "HDF5", error) from error
    return values.astype(bool) if values.dtype.kind == "b" else values


def _is_pickled(dataset: Any) -> bool:
    """PyTables keeps objects as pickles in arrays of bytes."""
    mark = dataset.attrs.get("PSEUDOATOM", b"")
    return mark in (b"object", "object") or (dataset.dtype == object and _text(dataset.attrs.get("CLASS")) == "VLARRAY")


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _frames(h5py: Any, file: Any) -> list[str]:
    """The paths of the data frames that pandas stored."""
    found = []

    def look(path: str, item: Any) -> None:
        if isinstance(item, h5py.Group) and _text(item.attrs.get("pandas_type")) in ("frame", "frame_table"):
            found.append(path)

    file.visititems(look)
    return found


def _pandas(h5py: Any, group: Any, prefix: str, job: ReadJob, pickled: list[str]) -> dict[str, NDArray[Any]]:
    """The blocks of a frame by their columns' names; a table's names are pickled, so that its columns are numbered."""
    columns: dict[str, NDArray[Any]] = {}
    if "table" in group:
        values = _values(h5py, group["table"], job)
        job.note("The names of the frame's columns are pickled, which is never opened; the columns are numbered.")
        return {f"{prefix}{name}": values[name] for name in values.dtype.names or () if name != "index"}
    for place in range(int(group.attrs.get("nblocks", 0))):
        dataset = group[f"block{place}_values"]
        names = [_text(name) for name in group[f"block{place}_items"][()]]
        if _is_pickled(dataset):
            pickled += names
            continue
        values = _values(h5py, dataset, job)
        moments = _text(dataset.attrs.get("value_type", ""))
        if moments.startswith("datetime64"):
            values = values.astype("datetime64[ns]" if moments == "datetime64" else moments)
        columns |= {f"{prefix}{name}": values[:, at] for at, name in enumerate(names)}
    order = [f"{prefix}{_text(name)}" for name in group["axis0"][()]] if "axis0" in group else list(columns)
    return {name: columns[name] for name in order if name in columns}


def _matlab(h5py: Any, file: Any, item: Any, job: ReadJob, name: str) -> Any:
    """A variable of MATLAB: its axes run the other way round in HDF5."""
    import numpy as np

    kind = _text(item.attrs.get("MATLAB_class", ""))
    if isinstance(item, h5py.Group):
        return _matlab_group(h5py, file, item, job, name)
    if _is_elsewhere(item):
        return None
    if "MATLAB_object_decode" in item.attrs or kind in ("table", "string", "datetime", "categorical"):
        job.note(
            f"The variable '{name}' is an object of MATLAB (a table, a string or a datetime), which MATLAB alone "
            "reads; it was left out. Save it with writetable, or as a matrix (table2array)."
        )
        return None
    if "MATLAB_empty" in item.attrs:
        return None
    if kind == "cell":
        cells = np.empty(item.shape, dtype=object)
        for at in np.ndindex(item.shape):
            cells[at] = _matlab(h5py, file, file[item[at]], job, name)
        return cells.T
    values = _values(h5py, item, job)
    if kind == "char":
        return np.array(["".join(map(chr, line)) for line in values.T])
    return values.T


def _matlab_group(h5py: Any, file: Any, item: Any, job: ReadJob, name: str) -> Any:
    import numpy as np
    from scipy import sparse

    if "MATLAB_sparse" in item.attrs:
        starts = item["jc"][()]
        data = item["data"][()] if "data" in item else np.empty(0)
        rows = item["ir"][()] if "ir" in item else np.empty(0, dtype=np.int64)
        return sparse.csc_matrix((data, rows, starts), shape=(int(item.attrs["MATLAB_sparse"]), len(starts) - 1))
    fields: Mapping[str, Any] = {key: _matlab(h5py, file, item[key], job, f"{name}.{key}") for key in item}
    struct = np.empty((1, 1), dtype=[(key, object) for key in fields])
    for key, value in fields.items():
        struct[key][0, 0] = value if value is not None else np.empty(0)
    return struct if fields else None
