"""Old and open workbooks (.xls, .xlsb, .ods): one sheet through the same guesses as a CSV file, by calamine."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from core.errors import DataError
from core.readers import READERS
from core.readers.from_libraries.chosen import named
from core.readers.from_libraries.optional import needed
from core.readers.from_libraries.sheets import ROWS_LOOKED_AT, chosen_sheet, read_cells
from core.readers.reading.archives import check_ratio
from core.readers.reading.damage import damaged
from core.readers.reading.report import ReadJob, ReadReport

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MOST_UNPACKED = 1 << 30
"""A sheet of these formats is in memory as a whole."""
_UNASKED = 128 << 20
"""Sheets of so many bytes may be packed however small."""


class Workbooks:
    """Workbooks of Excel before 2007, in binary form, and of OpenDocument."""

    title = "Workbook"
    endings = (".xls", ".xlsb", ".ods")
    order = 41

    def recognises(self, head: bytes, path: Path) -> bool:
        """By the mark of old Office documents, or a zip file with a spreadsheet in it."""
        if head.startswith(_OLE):
            return True
        if not head.startswith(b"PK\x03\x04"):
            return False
        try:
            with zipfile.ZipFile(path) as archive:
                names = archive.namelist()
                kind = archive.read("mimetype")[:80] if "mimetype" in names else b""
        except (zipfile.BadZipFile, OSError, NotImplementedError, RuntimeError):
            return False
        return "xl/workbook.bin" in names or b"opendocument.spreadsheet" in kind

    def read(self, job: ReadJob) -> ReadReport:
        """Write the sheet as delimited text and read that."""
        calamine = needed("python_calamine", "python-calamine", job.name, "a workbook of an older or open kind")
        _check_size(job)
        try:
            with job.source.open("rb") as file:
                workbook = calamine.CalamineWorkbook.from_filelike(file)
                sheet = _chosen(job, workbook)
                title = f"Workbook, sheet '{sheet.name}'"
                return read_cells(job, _rows(sheet), title, total=sheet.height)
        except calamine.PasswordError:
            raise DataError(
                f"The workbook {job.name!r} must not be protected by a password. Save it without one, or as CSV."
            ) from None
        except (calamine.CalamineError, OSError, zipfile.BadZipFile) as error:
            if job.source.suffix != ".tsv" and _is_word(job.source):
                raise DataError(
                    f"The file {job.name!r} must be a table, but it is an old Office document that is no workbook, or "
                    "one with a password. Save the table as .xlsx or CSV and upload that."
                ) from error
            raise damaged(job.name, self.title, error) from error


READERS.register("workbooks")(Workbooks())


def _check_size(job: ReadJob) -> None:
    size = job.source.stat().st_size
    if zipfile.is_zipfile(job.source):
        with zipfile.ZipFile(job.source) as archive:
            size = sum(info.file_size for info in archive.infolist())
    if size > _MOST_UNPACKED:
        raise DataError(
            f"A workbook of this kind may unpack to {_MOST_UNPACKED >> 30} GB. {job.name!r} would to "
            f"{size / 2**30:.1f} GB. Save the sheet as CSV and upload that."
        )
    check_ratio(job.name, job.source.stat().st_size, size, _UNASKED)


def _is_word(source: Path) -> bool:
    """Whether an old Office document holds no workbook's stream."""
    with source.open("rb") as file:
        if file.read(8) != _OLE:
            return False
        content = file.read(64 << 20)
    return all(name.encode("utf-16-le") not in content for name in ("Workbook", "Book"))


def _chosen(job: ReadJob, workbook: Any) -> Any:
    if job.options.sheet.strip():
        return workbook.get_sheet_by_name(named(job, workbook.sheet_names, "sheet"))
    sheets = {name: workbook.get_sheet_by_name(name) for name in workbook.sheet_names}
    begins = {name: sheet.to_python(nrows=ROWS_LOOKED_AT) for name, sheet in sheets.items()}
    return sheets[chosen_sheet(job, begins)]


def _rows(sheet: Any) -> Iterator[list[Any]]:
    for row in sheet.iter_rows():
        yield [_day(cell) for cell in row]


def _day(cell: Any) -> Any:
    """A moment at midnight as a day, as the sheet shows it."""
    return cell.date() if isinstance(cell, datetime) and cell.time() == datetime.min.time() else cell
