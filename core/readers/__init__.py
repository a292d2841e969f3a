"""Reads a file of any supported format into Parquet, streamed in bounded memory.

A format is one file in this package, registered in :data:`READERS`; which one reads a file is decided by its content,
not by its name. Knows nothing of what columns mean (`core.index.schema`).
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from core.errors import DataError
from core.readers.reading.archives import unpack
from core.readers.reading.cleaned.empty import without_empty_rows
from core.readers.reading.cleaned.infinite import without_infinite
from core.readers.reading.options import READ_OPTIONS, ReadOptions
from core.readers.reading.refusals import refusal
from core.readers.reading.report import Progress, ReadJob, ReadReport
from core.readers.reading.trained.interpretation import Interpretation, Trained, understood
from core.readers.reading.typed import damaged, leave_out_words
from core.registry import Registry

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["READERS", "ReadOptions", "ReadReport", "Reader", "preview", "read_table", "readable_endings"]

_HEAD = 1 << 16
_LIBRARIES = {
    "duckdb", "h5py", "lxml", "openpyxl", "pyarrow", "pyreadstat", "python_calamine", "sqlite3", "tarfile", "zipfile",
}  # fmt: skip


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
    name = name or source.name
    if not source.is_file():
        raise DataError(f"The file {name!r} must exist and be a file. There is none at that place; check the path.")
    out.parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=".reading-", dir=out.parent))
    try:
        job = ReadJob(source, name, folder / "out.parquet", folder, options, trained=trained, limit=limit)
        if progress is not None:
            job.progress = _rising(progress)
        report = _read_unpacked(job)
        report = replace(report, interpretation=_interpretation(job, report, options), sheet=job.sheet)
        job.out.replace(out)
        job.progress(1.0)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return replace(report, compression=job.compression, missing_words=job.missing_words, infinite=job.infinite)


def _interpretation(job: ReadJob, report: ReadReport, options: ReadOptions) -> Interpretation:
    """How the file was understood, for later files that are read like it."""
    import pyarrow.parquet as pq

    layout = {name: getattr(report, name) for name in ("format", "delimiter", "encoding", "header")}
    return understood(pq.read_schema(job.out), job.notations, options, {**layout, "sheet": job.sheet})


def _read_unpacked(job: ReadJob) -> ReadReport:
    start = 0.0
    plain = unpack(job.source, job.name, job.folder, job.options.sheet, job.part(0.0, 0.3))
    job.source, job.compression = plain.file, plain.packings
    if job.compression:
        start = 0.3
        job.name = plain.name
        job.options = replace(job.options, sheet=plain.member)
    whole, job.progress = job.progress, job.part(start, 1.0)
    with job.source.open("rb") as file:
        head = file.read(_HEAD)
    if not head:
        raise DataError(f"The file {job.name!r} must hold rows, but it is empty. Choose a file with data in it.")
    if reason := refusal(head, job.name):
        raise DataError(reason)
    reader = _reader_for(head, job)
    try:
        report = reader.read(job)
        without_infinite(job)
        # Text was looked through line by line: a row of words for "missing" is one that somebody wrote.
        if report.rows and not report.delimited:
            report = without_empty_rows(job, report)
    except Exception as error:
        if not _from_a_library(error):
            raise
        raise damaged(job.name, reader.title, error) from error
    if unheeded := _unheeded(job, report):
        report = replace(report, notes=(*report.notes, unheeded))
    if job.options.missing and not job.heeds_words:
        leave_out_words(job)
    job.progress = whole
    if not report.rows:
        raise DataError(
            f"The file {job.name!r} must hold rows, but it has none below its header. Choose a file with data in it."
        )
    return report


def _unheeded(job: ReadJob, report: ReadReport) -> str:
    """Which of the options that were said of this very file mean nothing in its format; empty where none does."""
    said = job.trained.said if job.trained else job.given
    names = [] if report.format == "CSV" else ["delimiter", "quote", *([] if report.delimited else ["header"])]
    if not job.sheet and not job.compression:
        names.append("sheet")
    flags = [option.flag for option in READ_OPTIONS if option.name in names and option.name in said.said]
    return f"What was said with {', '.join(flags)} means nothing in this file ({report.format})." if flags else ""


def _reader_for(head: bytes, job: ReadJob) -> Reader:
    readers = sorted((reader for _, reader in READERS.items()), key=lambda reader: reader.order)
    for reader in readers:
        if reader.recognises(head, job.source):
            _note_wrong_ending(readers, reader, job)
            return reader
    raise DataError(
        f"The file {job.name!r} must be a table in a format that is known here. It is none of: "
        f"{', '.join(reader.title for reader in readers)}. Save it as CSV or Parquet and upload that."
    )


def _note_wrong_ending(readers: list[Reader], chosen: Reader, job: ReadJob) -> None:
    ending = Path(job.name).suffix.lower()
    claimed = next((r for r in readers if ending in r.endings), None)
    if claimed is not None and claimed is not chosen and ending not in chosen.endings:
        job.note(f"The name ends in {ending}, but the content is {chosen.title}; it was read as that.")


def _from_a_library(error: BaseException) -> bool:
    """Whether an error comes from what decodes the file, and so from the file."""
    origin = type(error).__module__.split(".")[0].lstrip("_")
    return isinstance(error, MemoryError) or origin in _LIBRARIES


def _rising(progress: Progress) -> Progress:
    """Progress that never falls back and never passes 1."""
    reached = 0.0

    def report(share: float) -> None:
        nonlocal reached
        if share > reached:
            reached = min(share, 1.0)
            progress(reached)

    return report
