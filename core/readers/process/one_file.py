"""Reads one file in the process that it is called in: unpacks it, chooses its reader, writes Parquet.

:func:`core.readers.read_table` calls it in a process of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from core.errors import AnomalensError, DataError
from core.readers import READERS, Reader
from core.readers.process.requests import OUT
from core.readers.reading.archives import unpack
from core.readers.reading.cleaned.empty import without_empty_rows
from core.readers.reading.cleaned.infinite import without_infinite
from core.readers.reading.damage import damaged, lacking
from core.readers.reading.options import READ_OPTIONS, ReadOptions
from core.readers.reading.refusals import refusal
from core.readers.reading.report import Progress, ReadJob, ReadReport
from core.readers.reading.text.lines import LineCounts
from core.readers.reading.trained.interpretation import Interpretation, Trained, understood
from core.readers.reading.typed import leave_out_words

_HEAD = 1 << 16
_LIBRARIES = {
    "duckdb", "h5py", "lxml", "openpyxl", "pyarrow", "pyreadstat", "python_calamine", "sqlite3", "tarfile", "zipfile",
}  # fmt: skip


def read_file(values: Mapping[str, Any], folder: Path, progress: Progress) -> dict[str, Any]:
    """Read a file as :func:`core.readers.process.requests.request` says into ``folder``; the report as plain values."""
    source, options = Path(values["source"]), ReadOptions.from_dict(values["options"])
    trained = Trained.from_dict(values["trained"]) if values["trained"] else None
    job = ReadJob(source, values["name"], folder / OUT, folder, options, trained=trained, limit=values["limit"])
    job.progress = _rising(progress)
    report = _read_unpacked(job)
    report = replace(report, interpretation=_interpretation(job, report, options), sheet=job.sheet)
    job.progress(1.0)
    report = replace(report, compression=job.compression, missing_words=job.missing_words, infinite=job.infinite)
    return report.to_dict()


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
        if not report.delimited and not report.lines.total and not job.limit:
            # Formats without lines have rows, and an account of these.
            report = replace(report, lines=LineCounts(total=report.rows, rows=report.rows))
        # Text was looked through line by line: a row of words for "missing" is one that somebody wrote.
        if report.rows and not report.delimited:
            report = without_empty_rows(job, report)
    except Exception as error:
        if not _from_a_library(error) or lacking(job.name, error):
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
    """Whether an error comes from what decodes the file, and so from the file: by its kind, or where it was raised."""
    if isinstance(error, AnomalensError | RecursionError):
        return False
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = str(trace.tb_frame.f_globals.get("__name__", "")) if trace is not None else ""
    return type(error).__module__.split(".")[0].lstrip("_") in _LIBRARIES or not place.startswith("core.")


def _rising(progress: Progress) -> Progress:
    """Progress that never falls back and never passes 1."""
    reached = 0.0

    def report(share: float) -> None:
        nonlocal reached
        if share > reached:
            reached = min(share, 1.0)
            progress(reached)

    return report
