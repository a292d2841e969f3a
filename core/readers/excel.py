"""Excel workbooks (.xlsx): one sheet, row by row, through the same guesses as a CSV file."""

from __future__ import annotations

import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from core.errors import DataError
from core.readers import READERS
from core.readers.from_libraries.chosen import named
from core.readers.from_libraries.sheets import ROWS_LOOKED_AT, cell_text, chosen_sheet, read_cells
from core.readers.reading.archives import check_ratio
from core.readers.reading.damage import damaged
from core.readers.reading.report import ReadJob, ReadReport, counted

MOST_ROWS = 1 << 20
"""Of a sheet, by the format."""
_MOST_UNPACKED = 4 << 30
_UNASKED = 128 << 20
"""Sheets of so many bytes may be packed however small; a cell of them takes many times its size in memory."""
_CHUNK = 1 << 20


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
                names = archive.namelist()
        except zipfile.BadZipFile:
            return False
        return any(name.startswith("xl/") for name in names) and "xl/workbook.bin" not in names

    def read(self, job: ReadJob) -> ReadReport:
        """Write the sheet as delimited text and read that."""
        import openpyxl

        _check_size(job)
        source = job.source
        try:
            with source.open("rb") as file:
                workbook = openpyxl.load_workbook(file, read_only=True, data_only=True, keep_links=False)
                sheet = _chosen(job, workbook)
                title, total = str(sheet.title), min(sheet.max_row or 0, MOST_ROWS)
                report = read_cells(job, _rows(job, sheet), f"Excel, sheet '{title}'", total=total)
            _note_formulas(job, source, title)
        except (zipfile.BadZipFile, KeyError, OSError, EOFError, SyntaxError) as error:
            # SyntaxError: the XML parser's error is one.
            raise damaged(job.name, "Excel", error) from error
        return ReadReport.from_dict(report.to_dict() | {"notes": job.notes})


READERS.register("excel")(Excel())


def _check_size(job: ReadJob) -> None:
    with zipfile.ZipFile(job.source) as archive:
        size = sum(info.file_size for info in archive.infolist())
    if size > _MOST_UNPACKED:
        raise DataError(
            f"A workbook may unpack to {_MOST_UNPACKED >> 30} GB. {job.name!r} would to {size / 2**30:.1f} GB. "
            "Save the sheet as CSV and upload that."
        )
    check_ratio(job.name, job.source.stat().st_size, size, _UNASKED)


def _chosen(job: ReadJob, workbook: Any) -> Any:
    if job.options.sheet.strip():
        return workbook[named(job, (str(sheet.title) for sheet in workbook.worksheets), "sheet")]
    return workbook[chosen_sheet(job, {str(sheet.title): _begin(sheet) for sheet in workbook.worksheets})]


def _rows(job: ReadJob, sheet: Any) -> Iterator[tuple[Any, ...]]:
    """The rows of a sheet by their numbers, which the file itself says; what lies between is empty."""
    # What the sheet says of its size may be wrong, and then rows would be left out or made up.
    sheet.reset_dimensions()
    for number, row in enumerate(sheet.iter_rows(values_only=True), start=1):
        if number > MOST_ROWS:
            raise DataError(
                f"A sheet has {MOST_ROWS:,} rows at most, and the sheet '{sheet.title}' of {job.name!r} says of a row "
                "that it lies below them. Save it again with Excel or LibreOffice, or save the sheet as CSV."
            )
        yield row


def _begin(sheet: Any) -> list[tuple[Any, ...]]:
    return list(sheet.iter_rows(values_only=True, max_row=ROWS_LOOKED_AT))


def _note_formulas(job: ReadJob, source: Path, title: str) -> None:
    """Say where formulas have no value: a program wrote the file that does not calculate them."""
    import openpyxl

    if job.limit or not _has_formulas(source):
        return
    with source.open("rb") as file, source.open("rb") as again:
        values = openpyxl.load_workbook(file, read_only=True, data_only=True, keep_links=False)[title].iter_rows(
            values_only=True
        )
        formulas = openpyxl.load_workbook(again, read_only=True, keep_links=False)[title].iter_rows()
        lost: Counter[int] = Counter()
        names: dict[int, str] = {}
        for kept, cells in zip(values, formulas, strict=False):
            for place, (value, cell) in enumerate(zip(kept, cells, strict=False)):
                if value is None and getattr(cell, "data_type", "") == "f":
                    lost[place] += 1
                elif value is not None:
                    names.setdefault(place, cell_text(value))
    for place, count in sorted(lost.items())[:6]:
        letter = openpyxl.utils.get_column_letter(place + 1)
        name = f"'{names[place]}' ({letter})" if place in names else letter
        job.note(
            f"Column {name} holds {counted(count, 'formula')} without a kept value, which "
            f"{'counts' if count == 1 else 'count'} as missing: open the workbook in Excel or LibreOffice, save it, "
            "and upload it again."
        )
    if len(lost) > 6:
        job.note(f"{counted(len(lost) - 6, 'more column')} with formulas without a kept value.")


def _has_formulas(source: Path) -> bool:
    """Whether any sheet holds a formula, told without parsing it."""
    with zipfile.ZipFile(source) as archive:
        for name in archive.namelist():
            if not name.startswith("xl/worksheets/"):
                continue
            before = b""
            with archive.open(name) as sheet:
                while chunk := sheet.read(_CHUNK):
                    if b"<f>" in before + chunk or b"<f " in before + chunk:
                        return True
                    before = chunk[-2:]
    return False
