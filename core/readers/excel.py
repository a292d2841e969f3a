"""Excel workbooks (.xlsx): one sheet, row by row, through the same guesses as a CSV file."""

from __future__ import annotations

import csv
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from core.errors import DataError
from core.readers import READERS
from core.readers.reading.report import ReadJob, ReadReport, counted, listed
from core.readers.reading.typed import damaged

_DELIMITER = "\t"
_MOST_UNPACKED = 4 << 30


class Excel:
    """Excel workbooks."""

    title = "Excel"
    endings = (".xlsx", ".xlsm")
    order = 40

    def recognises(self, head: bytes, path: Path) -> bool:
        """A zip file with a workbook in it."""
        if not head.startswith(b"PK\x03\x04"):
            return False
        try:
            with zipfile.ZipFile(path) as archive:
                return any(name.startswith("xl/") for name in archive.namelist())
        except zipfile.BadZipFile:
            return False

    def read(self, job: ReadJob) -> ReadReport:
        """Write the sheet as delimited text and read that."""
        sheet_file = job.folder / "sheet.tsv"
        sheet, blank = _export(job, sheet_file)
        if blank:
            job.note(f"{counted(blank, 'empty row')} of the sheet {'was' if blank == 1 else 'were'} left out.")
        limit, job.limit = job.limit, 0
        job.source = sheet_file
        job.options = replace(
            job.options, delimiter="tab", encoding="utf-8", quote='"', decimal=job.options.decimal, sheet=""
        )
        job.progress = job.part(0.6, 1.0)
        report = READERS["delimited"].read(job)
        job.limit = limit
        return replace(report, format=f"Excel, sheet '{sheet}'", delimiter="", encoding="", quote="")


READERS.register("excel")(Excel())


def _export(job: ReadJob, target: Path) -> tuple[str, int]:
    """Write a sheet's cells as text; its name, and how many rows between and below the others were empty."""
    import openpyxl

    _check_size(job)
    try:
        with job.source.open("rb") as file:
            workbook = openpyxl.load_workbook(file, read_only=True, data_only=True)
            sheet = _chosen(job, workbook)
            blank = _write_rows(job, sheet, target)
    except (zipfile.BadZipFile, KeyError, OSError, EOFError, SyntaxError) as error:
        # SyntaxError: the XML parser's error is one.
        raise damaged(job.name, "Excel", error) from error
    return str(sheet.title), blank


def _check_size(job: ReadJob) -> None:
    with zipfile.ZipFile(job.source) as archive:
        size = sum(info.file_size for info in archive.infolist())
    if size > _MOST_UNPACKED:
        raise DataError(
            f"A workbook may unpack to {_MOST_UNPACKED >> 30} GB. {job.name!r} would to {size / 2**30:.1f} GB. "
            "Save the sheet as CSV and upload that."
        )


def _chosen(job: ReadJob, workbook: Any) -> Any:
    names = [str(sheet.title) for sheet in workbook.worksheets]
    wanted = job.options.sheet
    if wanted:
        by_name = {name.strip().lower(): name for name in names}
        if wanted.strip().lower() not in by_name:
            raise DataError(f"{job.name!r} has no sheet {wanted!r}. Its sheets are {listed(names)}. Name one of these.")
        return workbook[by_name[wanted.strip().lower()]]
    filled = [sheet for sheet in workbook.worksheets if _has_rows(sheet)]
    if not filled:
        raise DataError(f"The workbook {job.name!r} must hold rows, but its sheets are empty. Choose another file.")
    others = [str(sheet.title) for sheet in filled[1:]]
    if others:
        job.note(
            f"The sheet '{filled[0].title}' was read. There are others, to be named in the options: {listed(others)}."
        )
    return filled[0]


def _has_rows(sheet: Any) -> bool:
    rows = (any(cell is not None for cell in row) for row in sheet.iter_rows(values_only=True, max_row=50))
    return sum(rows) >= 2


def _write_rows(job: ReadJob, sheet: Any, target: Path) -> int:
    """The rows that have any value, cut to the columns that have any in the first rows."""
    total = sheet.max_row or 0
    waiting = blank = 0
    width = 0
    with target.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, delimiter=_DELIMITER, lineterminator="\n")
        for number, row in enumerate(_rows(job, sheet)):
            cells = [_text(cell) for cell in row]
            while cells and not cells[-1]:
                cells.pop()
            if not cells:
                waiting += 1
                continue
            # Empty rows above the table are a preamble, those below it nothing.
            blank, waiting = blank + waiting * (width > 0), 0
            width = max(width, len(cells))
            writer.writerow(cells + [""] * (width - len(cells)))
            if number % 2000 == 0 and total:
                job.progress(0.6 * number / total)
    return blank


def _rows(job: ReadJob, sheet: Any) -> Iterator[tuple[Any, ...]]:
    rows = sheet.iter_rows(values_only=True)
    for number, row in enumerate(rows):
        if job.limit and number > job.limit + 50:
            return
        yield row


def _text(cell: Any) -> str:
    """A cell as the text that reads back as the same value."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return repr(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime | date):
        return cell.isoformat(sep=" ") if isinstance(cell, datetime) else cell.isoformat()
    if isinstance(cell, time):
        return cell.isoformat()
    if isinstance(cell, timedelta):
        return repr(cell.total_seconds())
    return str(cell).replace("\x00", "").strip()
