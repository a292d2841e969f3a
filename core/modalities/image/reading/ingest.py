"""From the files of an upload to an index of images: each is decoded once, measured, and given its thumbnail.

What cannot be read, is empty, or is there twice is left out and said. The files stay as they are, in one ZIP archive
beside the index.
"""

from __future__ import annotations

import hashlib
import io
import shutil
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import numpy as np

from core.errors import DataError
from core.modalities.image.reading import arrays, tables
from core.modalities.image.reading.archive import ArchiveFile, Listing, listing, members
from core.modalities.image.reading.found import Found, found_notes
from core.modalities.image.reading.pixels import ENDINGS, FORMATS, Pixels, as_share, decode, describe, pages
from core.modalities.image.reading.places import Place, places, told_apart
from core.words import plural

if TYPE_CHECKING:
    import pandas as pd

    from core.readers.reading.report import Progress

THUMBNAIL = 128
"""Pixels of the longer side of a thumbnail."""
ARCHIVE, THUMBNAILS, CONTENT, INDEX = "images.zip", "thumbnails.bin", "images.json", "data.parquet"
_HASH = 16


@dataclass(frozen=True)
class PageOfFile:
    """An image that is about to be read."""

    name: str
    member: str
    page: int
    data: bytes
    place: Place


def read_images(
    files: Sequence[Path], folder: Path, *, name: str, progress: Progress = lambda _: None, names: Sequence[str] = ()
) -> tuple[Found, pd.DataFrame, list[str]]:
    """Read the images of an upload into a folder: the archive, the thumbnails, what :func:`content` says of them.

    Returns
    -------
    What was found, the index (one row an image) and sentences on how it was read.

    Raises
    ------
    DataError
        When there is no image among the files.
    """
    with closing(listing(files, names)) as given:
        return _read_listed(_with_arrays(given, folder), files, folder, name, progress)


def _read_listed(
    listed: _Made, files: Sequence[Path], folder: Path, name: str, progress: Progress
) -> tuple[Found, pd.DataFrame, list[str]]:
    import pandas as pd

    notes = list(listed.notes)
    images = list(members(listed.entries, ENDINGS))
    shown, masks = told_apart([entry.name for entry in images])
    by_name = {entry.name: entry for entry in images}
    if not shown:
        raise DataError(
            f"{name!r} holds no image. Put images into it ({FORMATS}), in folders that say what they are, such as "
            "'normal' and 'anomaly'."
        )
    keeps = len(files) == 1 and zipfile.is_zipfile(files[0]) and not listed.made
    if keeps:
        shutil.copyfile(files[0], folder / ARCHIVE)
    found = Found()
    seen: dict[bytes, tuple[str, str]] = {}
    labels = places(shown, masks)
    with (folder / THUMBNAILS).open("wb") as thumbs, _kept(folder / ARCHIVE, keeps) as archive:
        for done, (one, place) in enumerate(zip(shown, labels, strict=True)):
            _read_file(by_name[one], place, by_name, found, seen, thumbs, archive)
            progress(0.95 * (done + 1) / len(shown))
    if not found.rows:
        first = next(iter(found.bad.items()), ("", "nothing could be read"))
        raise DataError(f"None of the {plural(len(shown), 'image')} of {name!r} can be read. {first[0]}: {first[1]}.")
    frame = _index(pd.DataFrame(found.rows), listed, notes)
    notes += found_notes(found, frame)
    return found, frame, notes


def content(found: Found) -> dict[str, Any]:
    """What is kept of the images beside the index, as plain values."""
    return {
        "members": found.members,
        "pages": found.pages if any(found.pages) else [],
        "masks": found.masks if any(found.masks) else [],
        "thumbnails": found.ends,
        "range": [found.low, found.high] if found.deep else None,
    }


@dataclass(frozen=True)
class _Made(Listing):
    made: bool = False


def _with_arrays(listed: Listing, folder: Path) -> _Made:
    """The files, with the images of arrays among them as files of their own."""
    others = {entry.name: entry for entry in listed.entries}
    entries, made, notes = [], False, list(listed.notes)
    for entry in listed.entries:
        if entry.name.lower().endswith(ENDINGS):
            entries.append(entry)
            continue
        if entry.size < 4 or not (
            entry.name.lower().endswith((*arrays.ENDINGS, "-ubyte", "-ubyte.gz", ".idx", ".idx3", ".idx1"))
        ):
            entries.append(entry)
            continue
        try:
            entries += list(_files_of(entry, others, folder / f"made{len(entries)}"))
            made = True
        except DataError as error:
            entries.append(entry)
            if not entry.name.endswith(".parquet") and "labels without" not in str(error):
                notes.append(str(error))
    return _Made(tuple(entries), tuple(notes), made=made)


def _files_of(entry: ArchiveFile, others: dict[str, ArchiveFile], folder: Path) -> Iterator[ArchiveFile]:
    found = arrays.read_arrays(entry, others)
    folder.mkdir()
    digits = len(str(found.count))
    stem = PurePosixPath(entry.name).name.split(".")[0]
    for k, data in enumerate(found.images):
        path = folder / f"{k}.image"
        path.write_bytes(data)
        label = f"{found.labels[k]}/" if found.labels else ""
        yield ArchiveFile(f"{label}{stem}_{k:0{digits}}.png", len(data), path.read_bytes)


class _Kept:
    """Writes files into the archive, unless that is there already."""

    def __init__(self, archive: zipfile.ZipFile | None) -> None:
        self._archive = archive

    def __enter__(self) -> _Kept:
        return self

    def __exit__(self, *_: object) -> None:
        if self._archive is not None:
            self._archive.close()

    def add(self, name: str, data: bytes) -> None:
        """Write a file."""
        if self._archive is not None and name not in self._archive.NameToInfo:
            self._archive.writestr(name, data)


def _kept(path: Path, there: bool) -> _Kept:
    return _Kept(None if there else zipfile.ZipFile(path, "w", zipfile.ZIP_STORED))


def _read_file(
    entry: ArchiveFile,
    place: Place,
    by_name: dict[str, ArchiveFile],
    found: Found,
    seen: dict[bytes, tuple[str, str]],
    thumbs: Any,
    archive: _Kept,
) -> None:
    try:
        data = entry.read()
        count = pages(data)
    except DataError as error:
        found.bad[entry.name] = str(error)
        return
    except Exception as error:  # a damaged member of an archive has the errors of its packing
        found.bad[entry.name] = f"it is damaged ({str(error)[:80] or type(error).__name__})"
        return
    kept = False
    for page in range(count):
        name = entry.name if count == 1 else f"{entry.name}, page {page + 1}"
        kept |= _read_page(PageOfFile(name, entry.name, page, data, place), by_name, found, seen, thumbs, archive)
    if kept:
        archive.add(entry.name, data)


def _read_page(
    source: PageOfFile,
    by_name: dict[str, ArchiveFile],
    found: Found,
    seen: dict[bytes, tuple[str, str]],
    thumbs: Any,
    archive: _Kept,
) -> bool:
    try:
        pixels = decode(source.data, source.page)
        stored = describe(source.data, source.page)
    except DataError as error:
        found.bad[source.name] = str(error)
        return False
    digest = hashlib.sha256(repr(pixels.shape).encode() + pixels.tobytes()).digest()[:_HASH]
    if digest in seen:
        found.repeated.append(source.name)
        found.contradicting += seen[digest][1] != source.place.label
        return False
    seen[digest] = (source.name, source.place.label)
    if pixels.dtype != np.uint8:
        found.deep += 1
        found.low, found.high = min(found.low, float(pixels.min())), max(found.high, float(pixels.max()))
    marked = _marked(source.place.mask, by_name, pixels, found, archive)
    height, width, channels = pixels.shape
    found.rows.append(
        {
            "file": source.name,
            "label": source.place.label,
            "part": source.place.part,
            "width": width,
            "height": height,
            "mode": ("colour" if channels == 3 else "grey") + (", deep" if pixels.dtype != np.uint8 else ""),
            "stored": stored,
            "brightness": float(as_share(pixels, None).mean()),
            "masked": marked,
        }
    )
    found.kinds[stored] += 1
    found.members.append(source.member)
    found.pages.append(source.page)
    found.masks.append(source.place.mask)
    small = thumbnail(pixels)
    found.hashes[_likeness(small)] += 1
    thumbs.write(_jpeg(small))
    found.ends.append(thumbs.tell())
    return True


def _marked(mask: str, by_name: dict[str, ArchiveFile], pixels: Pixels, found: Found, archive: _Kept) -> float:
    """The share of an image that its mask marks; NaN where it has none."""
    if not mask:
        return float("nan")
    try:
        data = by_name[mask].read()
        values = decode(data)
    except DataError as error:
        found.bad[mask] = str(error)
        return float("nan")
    archive.add(mask, data)
    share = float((values.max(axis=2) > 0).mean())
    found.empty_masks += not share
    return share


def thumbnail(pixels: Pixels) -> Pixels:
    """A small copy of eight bits, at most :data:`THUMBNAIL` pixels long; deep numbers by their own range."""
    from PIL import Image

    if pixels.dtype != np.uint8:
        low, high = float(pixels.min()), float(pixels.max())
        pixels = (as_share(pixels, (low, high)) * 255).astype(np.uint8)
    image = Image.fromarray(pixels[:, :, 0] if pixels.shape[2] == 1 else pixels)
    image.thumbnail((THUMBNAIL, THUMBNAIL), Image.Resampling.BOX)
    small = np.asarray(image)
    return small[:, :, None] if small.ndim == 2 else small


def _jpeg(small: Pixels) -> bytes:
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(small[:, :, 0] if small.shape[2] == 1 else small).save(buffer, "JPEG", quality=82)
    return buffer.getvalue()


def _likeness(small: Pixels) -> int:
    """A number that nearly equal images share: where a copy of 16 x 16 pixels grows brighter to the right."""
    from PIL import Image

    grey = np.asarray(Image.fromarray(small.mean(axis=2).astype(np.uint8)).resize((17, 16), Image.Resampling.BOX))
    brighter = (grey[:, 1:].astype(int) - grey[:, :-1]) > 2
    return hash(brighter.tobytes())


def _index(frame: pd.DataFrame, listed: Listing, notes: list[str]) -> pd.DataFrame:
    """The index with what a table among the files says of the images, without columns that say nothing."""
    if not frame["label"].astype(bool).any() and frame["masked"].notna().any():
        frame["label"] = np.where(frame["masked"].fillna(0) > 0, "anomaly", "normal")
        notes.append("No folder says which images are anomalies: those whose masks mark something are taken for them.")
    # What lies in the upper folder itself, beside folders, has no name of a folder.
    if frame["label"].astype(bool).any():
        frame.loc[frame["label"] == "", "label"] = None
    frame = tables.joined(frame, listed.entries, notes)
    empty = [
        name
        for name in ("label", "part", "masked")
        if name in frame and (frame[name].isna().all() or (frame[name].astype(str) == "").all())
    ]
    frame = frame.drop(columns=empty)
    if "part" in frame:
        frame["part"] = frame["part"].where(frame["part"] != "", None)
    return frame
