"""Named arrays as the columns of a table: a matrix is spread, and what has another number of rows is left out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from core.errors import DataError
from core.readers.from_libraries.chosen import named
from core.readers.reading.names import clean_names
from core.readers.reading.report import ReadJob, listed
from core.readers.reading.typed import MOST_COLUMNS

if TYPE_CHECKING:
    from numpy.typing import NDArray

MATRICES = ("X", "x", "data", "features", "fea")
"""What the matrix of all features is called, the surest first."""
_LABELS = (
    "y",
    "Y",
    "label",
    "labels",
    "target",
    "targets",
    "y_true",
    "gnd",
    "ytrue",
    "outlier",
    "outliers",
    "ytest",
    "y_test",
    "ytrain",
    "y_train",
)
_CELLS = 2_000_000


def columns_of(
    job: ReadJob, arrays: Mapping[str, NDArray[Any]], feature_names: Sequence[str] = ()
) -> tuple[dict[str, NDArray[Any]], int]:
    """One-dimensional arrays of one length by column name, and that length.

    Parameters
    ----------
    job
        The file; ``options.sheet`` names the array whose rows are the table's.
    arrays
        Every array of the file by name; those of one field a column are taken apart.
    feature_names
        What the columns of the matrix are called, where the file says so.
    """
    main = named(job, dict.fromkeys(arrays), "array") if job.options.sheet else ""
    arrays = _named_parts(job, arrays)
    length = _length(arrays, main)
    used = {key: array for key, array in arrays.items() if array.ndim and len(array) == length}
    if dropped := [key for key in arrays if key not in used]:
        job.note(f"Arrays with another number of rows than {length:,} were left out: {listed(dropped)}.")
    columns: dict[str, NDArray[Any]] = {}
    for key, array in used.items():
        spread = _spread(job, "x" if key in ("", *MATRICES) else key, array)
        if len(spread) == len(feature_names) > 1:
            spread, feature_names = dict(zip(feature_names, spread.values(), strict=True)), ()
        columns |= {name if name not in columns else f"{key}.{name}": part for name, part in spread.items()}
    if not columns or not length:
        raise DataError(f"The file {job.name!r} must hold rows, but its arrays are empty. Save it again with X in it.")
    if len(columns) > MOST_COLUMNS:
        raise DataError(
            f"A table may have {MOST_COLUMNS:,} columns. {job.name!r} has {len(columns):,}. "
            "Choose the ones that matter."
        )
    if complex_ones := [name for name, array in columns.items() if array.dtype.kind == "c"]:
        job.note(f"Of complex numbers the real part alone was read: {listed(complex_ones)}.")
    names, notes = clean_names(list(columns))
    for note in notes:
        job.note(note)
    return dict(zip(names, columns.values(), strict=True)), length


def _length(arrays: Mapping[str, NDArray[Any]], main: str) -> int:
    """The number of rows: of the array that was named, of the matrix of features, or else of the longest array."""
    matrix = main if main in arrays else next((k for k in MATRICES if k in arrays and arrays[k].ndim == 2), "")
    if matrix and arrays[matrix].ndim:
        return len(arrays[matrix])
    return max((len(array) for array in arrays.values() if array.ndim), default=0)


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


def write_columns(job: ReadJob, columns: Mapping[str, NDArray[Any]], rows: int) -> None:
    """Write columns of one length as Parquet, a stretch of rows at a time."""
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
    """A stretch of a column in a type that a table holds."""
    import numpy as np
    import pyarrow as pa

    kind = array.dtype.kind
    if kind in "fc":
        real = array.real if kind == "c" else array
        wide = np.ascontiguousarray(real, dtype=np.float64 if real.dtype != np.float32 else np.float32)
        return pa.array(wide, mask=np.isnan(wide))
    if kind in "iub":
        return pa.array(np.ascontiguousarray(array))
    if kind == "M":
        return pa.array(
            array.astype("datetime64[ns]" if np.datetime_data(array.dtype)[0] == "ns" else "datetime64[us]")
        )
    if kind == "m":
        return _seconds(array)
    words = np.char.decode(array, "utf-8", "replace") if kind == "S" else array
    return pa.array([None if word is None else str(word) for word in words], pa.string())


def _seconds(array: NDArray[Any]) -> Any:
    """Durations as exact seconds: whole numbers, or decimals with as many places as the unit has."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    unit = np.datetime_data(array.dtype)[0]
    places = {"ms": 3, "us": 6, "ns": 9}.get(unit, 9 if unit in ("ps", "fs", "as") else 0)
    whole = array.astype(
        {0: "timedelta64[s]", 3: "timedelta64[ms]", 6: "timedelta64[us]", 9: "timedelta64[ns]"}[places]
    )
    ticks = pa.array(whole.view(np.int64), mask=np.isnat(whole))
    if not places:
        return ticks
    length = pa.scalar(Decimal(1).scaleb(-places), pa.decimal128(places, places))
    return pc.multiply(ticks.cast(pa.decimal128(19, 0)), length)
