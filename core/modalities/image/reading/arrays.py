"""Images that come as arrays (NumPy, IDX) or in a column of a Parquet file: each is turned into an image file."""

from __future__ import annotations

import gzip
import io
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import DataError
from core.modalities.image.reading.archive import ArchiveFile

ENDINGS = (".npy", ".npz", ".parquet")
_IDX: dict[int, Any] = {8: np.uint8, 9: np.int8, 11: ">i2", 12: ">i4", 13: ">f4", 14: ">f8"}
_IDX_IMAGES, _IDX_LABELS = 3, 1


@dataclass(frozen=True)
class StackedImages:
    """The images of one file, and the label of each where the file has some."""

    count: int
    images: Iterator[bytes]
    labels: tuple[str, ...] = ()


def holds_arrays(name: str, head: bytes) -> bool:
    """Whether a file that begins so may hold images as arrays or in a column."""
    return head.startswith((b"\x93NUMPY", b"PAR1")) or is_idx(head) or name.lower().endswith((".npz",))


def is_idx(head: bytes) -> bool:
    """Whether a file begins as those of MNIST do, compressed or not."""
    if head.startswith(b"\x1f\x8b"):
        try:
            head = gzip.GzipFile(fileobj=io.BytesIO(head)).read(4)
        except (OSError, EOFError):
            return False
    return len(head) >= 4 and head[:2] == b"\0\0" and head[2] in _IDX and head[3] in (_IDX_IMAGES, _IDX_LABELS, 4)


def read_arrays(entry: ArchiveFile, others: dict[str, ArchiveFile]) -> StackedImages:
    """The images of a file.

    Parameters
    ----------
    entry
        The file.
    others
        The files beside it, by name: labels of an IDX file lie in a second one.

    Raises
    ------
    DataError
        When it holds no images.
    """
    data = entry.read()
    if data.startswith(b"PAR1"):
        return _column(data, entry.name)
    if is_idx(data[:64]):
        return _idx(data, entry.name, others)
    return _numpy(data, entry.name)


def _numpy(data: bytes, name: str) -> StackedImages:
    try:
        loaded = np.load(io.BytesIO(data), allow_pickle=False)
    except (ValueError, OSError, EOFError) as error:
        raise DataError(f"{name} is no array that can be read ({str(error)[:80]}). Save it again with numpy.") from None
    if isinstance(loaded, np.ndarray):
        return _stacked(loaded, name, ())
    held = {key: loaded[key] for key in loaded.files}
    stacks = {key: values for key, values in held.items() if values.ndim >= 3}
    if not stacks:
        raise DataError(f"{name} holds no array of images, shape (images, height, width).")
    largest = max(stacks, key=lambda key: stacks[key].size)
    values = stacks[largest]
    labels = next((one for key, one in held.items() if key != largest and one.shape == (len(values),)), None)
    return _stacked(values, name, () if labels is None else tuple(map(str, labels.tolist())))


def _idx(data: bytes, name: str, others: dict[str, ArchiveFile]) -> StackedImages:
    values = _idx_values(data, name)
    if values.ndim < 3:
        raise DataError(f"{name} holds labels without images. Upload the images with it.")
    beside = others.get(name.replace("images-idx3", "labels-idx1").replace("images.idx3", "labels.idx1"))
    labels = _idx_values(beside.read(), name) if beside is not None and beside.name != name else None
    known = labels is not None and labels.shape == (len(values),)
    return _stacked(values, name, tuple(map(str, labels.tolist())) if known and labels is not None else ())


def _idx_values(data: bytes, name: str) -> NDArray[Any]:
    if data.startswith(b"\x1f\x8b"):
        data = gzip.decompress(data)
    axes = data[3]
    shape = struct.unpack(f">{axes}I", data[4 : 4 + 4 * axes])
    values: NDArray[Any] = np.frombuffer(data, dtype=_IDX[data[2]], offset=4 + 4 * axes)
    if values.size != np.prod(shape, dtype=np.int64):
        raise DataError(f"{name} is cut off: it says {shape} and holds {values.size:,} numbers.")
    return values.reshape(shape)


def _stacked(values: NDArray[Any], name: str, labels: tuple[str, ...]) -> StackedImages:
    if values.ndim == 4 and values.shape[1] in (1, 3) and values.shape[3] not in (1, 3):
        values = np.moveaxis(values, 1, 3)
    if (
        values.ndim not in (3, 4)
        or (values.ndim == 4 and values.shape[3] not in (1, 3))
        or values.dtype.kind not in "uifb"
    ):
        raise DataError(
            f"{name} must hold images of shape (images, height, width) or (images, height, width, channels). It has "
            f"{values.shape}."
        )
    return StackedImages(len(values), (_as_file(one) for one in values), labels)


def _as_file(values: NDArray[Any]) -> bytes:
    """An array as PNG; as TIFF of single channels where its numbers are deeper than a PNG's."""
    from PIL import Image

    plain = values[:, :, 0] if values.ndim == 3 and values.shape[2] == 1 else values
    buffer = io.BytesIO()
    if plain.dtype == np.bool_:
        plain = plain.astype(np.uint8) * 255
    if plain.dtype == np.uint8:
        Image.fromarray(plain).save(buffer, "PNG", compress_level=1)
    elif plain.ndim == 2:
        Image.fromarray(plain.astype(np.float32)).save(buffer, "TIFF")
    else:
        # Colours deeper than eight bits: floats between 0 and 1 by convention, else as far as their own range goes.
        top = 1.0 if plain.dtype.kind == "f" and plain.max(initial=0.0) <= 1 else max(float(plain.max(initial=0)), 1.0)
        levels = np.clip(plain.astype(np.float64) / top * 255, 0, 255).round().astype(np.uint8)
        Image.fromarray(levels).save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def image_column(data: bytes) -> tuple[str, Any] | None:
    """The first column of a Parquet file whose values are image files, and the table; None where there is none."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(io.BytesIO(data))
    except (pa.ArrowException, OSError):
        return None
    for field in table.schema:
        first = next((one for one in table[field.name].slice(0, 50).to_pylist() if one is not None), None)
        if isinstance(first, dict):
            first = first.get("bytes")
        if isinstance(first, bytes) and _is_image(first):
            return str(field.name), table
    return None


def _is_image(head: bytes) -> bool:
    return head.startswith((b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\0", b"MM\0*", b"RIFF"))


def _column(data: bytes, name: str) -> StackedImages:
    found = image_column(data)
    if found is None:
        raise DataError(f"{name} has no column of images.")
    column, table = found
    labels = next((f.name for f in table.schema if f.name.lower() in ("label", "class", "target")), None)
    said = tuple(map(str, table[labels].to_pylist())) if labels else ()

    def images() -> Iterator[bytes]:
        for batch in table.select([column]).to_batches(max_chunksize=64):
            for one in batch.column(0).to_pylist():
                yield (one.get("bytes") if isinstance(one, dict) else one) or b""

    return StackedImages(table.num_rows, images(), said)
