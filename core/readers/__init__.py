"""Reads a file of any supported format into Parquet, streamed in bounded memory.

A format is one file in this package, registered in :data:`READERS`; which one reads a file is decided by its content,
not by its name. Every file is read in a process of its own (:mod:`core.readers.process`), because what people hand over
may be damaged or made to do harm. Knows nothing of what columns mean (`core.index.schema`).
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from core.errors import DataError
from core.readers.reading.options import ReadOptions
from core.readers.reading.report import Progress, ReadJob, ReadReport
from core.readers.reading.trained.interpretation import Trained
from core.registry import Registry

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["READERS", "ReadOptions", "ReadReport", "Reader", "preview", "read_table", "readable_endings"]


class Reader(Protocol):
    """A file format."""

    title: str
    """What the format is called on screen."""
    endings: Sequence[str]
    """How such files' names end."""
    order: int
    """Readers with lower numbers look at a file first."""

    def recognises(self, head: bytes, path: Path) -> bool:
        """Whether this is such a file, by its first bytes."""

    def read(self, job: ReadJob) -> ReadReport:
        """Write the file's rows as Parquet."""


READERS: Registry[Reader] = Registry("file format", "core.readers")


def read_table(
    source: Path | str,
    out: Path | str,
    *,
    name: str = "",
    options: ReadOptions | None = None,
    trained: Trained | None = None,
    progress: Progress | None = None,
) -> ReadReport:
    """Read a file of any supported format, packed or not, and write it as Parquet.

    Parameters
    ----------
    source
        The file.
    out
        The Parquet file to write; replaced where it exists, and left alone when reading fails.
    name
        What the user calls the file, where that is not the name of ``source``.
    options
        The user's word about the file; what is not said is found out.
    trained
        A file that this one is read like; see :mod:`core.readers.later`.
    progress
        Called with the share that is done; an exception that it raises ends the reading.

    Raises
    ------
    DataError
        With a sentence for the user, when the file cannot be read as a table.
    """
    return _read(Path(source), Path(out), name, options or ReadOptions(), progress, 0, trained)


def preview(
    source: Path | str, rows: int = 20, *, name: str = "", options: ReadOptions | None = None
) -> tuple[pd.DataFrame, ReadReport]:
    """The first rows of a file as they would be read, and how.

    Only the beginning of a text file is looked at, so that the answer comes at once whatever its size.
    """
    import pandas as pd

    with tempfile.TemporaryDirectory(prefix="anomalens-preview-") as folder:
        out = Path(folder) / "preview.parquet"
        report = _read(Path(source), out, name, options or ReadOptions(), None, rows)
        return pd.read_parquet(out), report


def readable_endings() -> list[str]:
    """The endings of the files that can be read, packed ones aside."""
    return sorted({ending for _, reader in READERS.items() for ending in reader.endings})


def _read(
    source: Path,
    out: Path,
    name: str,
    options: ReadOptions,
    progress: Progress | None,
    limit: int,
    trained: Trained | None = None,
) -> ReadReport:
    from core.readers.process.requests import OUT, READ_FILE, request
    from core.readers.process.run import run_apart

    name = name or source.name
    if not source.is_file():
        raise DataError(f"The file {name!r} must exist and be a file. There is none at that place; check the path.")
    out.parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=".reading-", dir=out.parent))
    try:
        told = run_apart(READ_FILE, name, request(source, name, options, limit, trained), folder, progress)
        (folder / OUT).replace(out)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return ReadReport.from_dict(told)
