"""The images of a dataset: their index, and their pixels, masks and thumbnails, each read when it is asked for."""

from __future__ import annotations

import io
import threading
import zipfile
from collections.abc import Callable, Mapping
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.index.schema import Schema
from core.index.table import Table
from core.modalities.image.content import Images
from core.modalities.image.reading.ingest import ARCHIVE, THUMBNAILS
from core.modalities.image.reading.pixels import Pixels, decode

Ids = NDArray[np.int64]


class ImageSamples:
    """The images of a dataset.

    Parameters
    ----------
    index, schema
        One row an image.
    about
        What :func:`core.modalities.image.reading.ingest.content` wrote.
    place
        From the name of a file beside the index to where it is.
    token
        What the images are known by, so that what was computed of them can be found again.
    """

    def __init__(
        self, index: Table, schema: Schema, about: Mapping[str, Any], place: Callable[[str], Path], token: str
    ) -> None:
        self.index, self.schema, self.token = index, schema, token
        self._about, self._place = about, place
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._about["members"])

    @property
    def value_range(self) -> tuple[float, float] | None:
        """The range of the numbers of deep images; None where all have eight bits."""
        found = self._about.get("range")
        return (float(found[0]), float(found[1])) if found else None

    def read(self, ids: Ids) -> Images:
        """Some images; each is decoded when it is looked at."""
        rows = ids.tolist()
        return Images(
            load=lambda place: self.pixels(rows[place]),
            sizes=tuple(self.sizes[row] for row in rows),
            value_range=self.value_range,
            keys=tuple((self.token, row) for row in rows),
            names=tuple(self.name(row) for row in rows),
        )

    def name(self, id: int) -> str:
        """An image is called as its file is."""
        return str(self._files[id])

    def pixels(self, id: int) -> Pixels:
        """One image, shape (height, width, channels)."""
        page = self._about["pages"][id] if self._about.get("pages") else 0
        return decode(self._file(self._about["members"][id]), page)

    def mask(self, id: int) -> NDArray[np.bool_] | None:
        """What is marked of one image, of its height and width; None where it has no mask."""
        name = self._about["masks"][id] if self._about.get("masks") else ""
        if not name:
            return None
        marked = decode(self._file(name)).max(axis=2) > 0
        width, height = self.sizes[id]
        return marked if marked.shape == (height, width) else _resized(marked, width, height)

    @property
    def has_masks(self) -> bool:
        """Whether some image has a mask."""
        return any(self._about.get("masks") or ())

    def thumbnail(self, id: int) -> bytes:
        """A small copy of one image, as JPEG."""
        ends = self._about["thumbnails"]
        start = ends[id - 1] if id else 0
        with self._place(THUMBNAILS).open("rb") as file:
            file.seek(start)
            return file.read(ends[id] - start)

    @cached_property
    def sizes(self) -> list[tuple[int, int]]:
        """Width and height of each image."""
        frame = self.index.frame(["width", "height"])
        return list(zip(frame["width"].astype(int).tolist(), frame["height"].astype(int).tolist(), strict=True))

    @cached_property
    def colours(self) -> NDArray[np.bool_]:
        """Which images have colours."""
        found: NDArray[np.bool_] = (
            self.index.frame(["mode"])["mode"].astype(str).str.startswith("colour").to_numpy(bool)
        )
        return found

    @cached_property
    def _files(self) -> list[str]:
        return [str(name) for name in self.index.frame(["file"])["file"].tolist()]

    @cached_property
    def _archive(self) -> zipfile.ZipFile:
        return zipfile.ZipFile(self._place(ARCHIVE))

    def _file(self, name: str) -> bytes:
        # A ZIP file object moves about in its file: one thread at a time.
        with self._lock:
            return _member(self._archive, name)


def _resized(marked: NDArray[np.bool_], width: int, height: int) -> NDArray[np.bool_]:
    from PIL import Image

    return np.asarray(Image.fromarray(marked).resize((width, height), Image.Resampling.NEAREST))


def _member(archive: zipfile.ZipFile, name: str) -> bytes:
    try:
        return archive.read(name)
    except KeyError:
        return archive.read(_names(archive)[name])


@lru_cache(maxsize=8)
def _names(archive: zipfile.ZipFile) -> dict[str, str]:
    """The members by their paths as the index has them: with slashes, without what leads nowhere."""
    from pathlib import PurePosixPath

    return {str(PurePosixPath(name.replace("\\", "/"))): name for name in archive.namelist()}


def bytes_of(image: Any, kind: str = "PNG") -> bytes:
    """A picture of Pillow's as a file."""
    buffer = io.BytesIO()
    image.save(buffer, kind)
    return buffer.getvalue()
