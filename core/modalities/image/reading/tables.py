"""A table among the files of an upload that says more of the images: its columns join the index by the files' names."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from core.errors import DataError
from core.modalities.image.reading.archive import ArchiveFile

if TYPE_CHECKING:
    import pandas as pd

ENDINGS = (".csv", ".tsv", ".parquet", ".xlsx", ".json", ".jsonl")
_LARGEST = 200 << 20
_HALF = 0.5


def joined(index: pd.DataFrame, entries: Sequence[ArchiveFile], notes: list[str]) -> pd.DataFrame:
    """The index with the columns of the first table whose values name the images; a note says which."""
    for entry in entries:
        if not entry.name.lower().endswith(ENDINGS) or entry.size > _LARGEST:
            continue
        try:
            frame = _read(entry)
        except DataError as error:
            notes.append(f"The table {entry.name} could not be read: {error}")
            continue
        best = max(frame.columns, key=lambda name: _named(frame[name], index["file"]), default=None)
        if best is None or _named(frame[best], index["file"]) < _HALF * len(index):
            continue
        return _with(index, frame, str(best), entry.name, notes)
    return index


def _with(index: pd.DataFrame, frame: pd.DataFrame, column: str, name: str, notes: list[str]) -> pd.DataFrame:
    keys = _keys(index["file"], frame[column])
    frame = frame.assign(__key=_by(frame[column], keys[1])).drop_duplicates("__key").set_index("__key")
    told = frame.drop(columns=[column]).reindex(_by(index["file"], keys[0]))
    told.index = index.index
    known = int(told.index[_by(index["file"], keys[0]).isin(frame.index).to_numpy()].size)
    renamed = {c: f"{c} (table)" for c in told.columns if c in index.columns and c != "label"}
    if "label" in told.columns:
        index = index.drop(columns=["label"])
    notes.append(
        f"{name} says more of {known:,} of {len(index):,} images: {', '.join(map(str, told.columns))}, by the column "
        f"{column!r}."
    )
    return index.join(told.rename(columns=renamed))


def _keys(files: pd.Series, named: pd.Series) -> tuple[str, str]:
    """How both are compared: by the whole path, the file's name, or the name without its ending."""
    for how in ("path", "name", "stem"):
        if _by(named, how).isin(set(_by(files, how))).sum() >= _HALF * min(len(files), len(named)):
            return how, how
    return "stem", "stem"


def _by(values: pd.Series, how: str) -> pd.Series:
    paths = values.astype(str).map(lambda text: PurePosixPath(text.replace("\\", "/")))
    return paths.map({"path": str, "name": lambda p: p.name, "stem": lambda p: p.stem}[how])


def _named(values: pd.Series, files: pd.Series) -> int:
    """How many of the files a column names."""
    if values.dtype.kind in "fiub":
        return 0
    return max(int(_by(files, how).isin(set(_by(values, how))).sum()) for how in ("path", "name", "stem"))


def _read(entry: ArchiveFile) -> pd.DataFrame:
    from core.index.table import Table
    from core.readers import read_table

    with tempfile.TemporaryDirectory(prefix="anomalens-table-") as folder:
        file = Path(folder) / PurePosixPath(entry.name).name
        file.write_bytes(entry.read())
        read_table(file, Path(folder) / "table.out.parquet", name=entry.name)
        return Table(Path(folder) / "table.out.parquet").frame()
