"""Rows of cells without types, from sheets and web pages, read through the same guesses as a CSV file."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from core.errors import DataError
from core.readers.reading.report import ReadJob, ReadReport, counted, listed
from core.readers.reading.typed import MOST_COLUMNS

_DELIMITER = "\t"
_SHARE = 0.6
"""Of the work, up to where the cells are laid down as text."""


_MOST_CELLS = 500_000_000
ROWS_LOOKED_AT = 50
"""Of each sheet, to find the one with the table."""


def chosen_sheet(job: ReadJob, begins: Mapping[str, Sequence[Sequence[Any]]]) -> str:
    """The first sheet that holds a table, told from the first rows of each; a cover sheet has few.

    Raises
    ------
    DataError
        When all are empty.
    """
    filled = {name: _filled_rows(rows) for name, rows in begins.items()}
    tables = [name for name, count in filled.items() if count >= 2 and 2 * count >= max(filled.values())]
    if not tables:
        raise DataError(f"The workbook {job.name!r} must hold rows, but its sheets are empty. Choose another file.")
    if others := [name for name, count in filled.items() if count >= 2 and name != tables[0]]:
        job.note(f"The sheet '{tables[0]}' was read. There are others, to be named in the options: {listed(others)}.")
    job.sheet = tables[0]
    return tables[0]


def _filled_rows(rows: Sequence[Sequence[Any]]) -> int:
    return sum(any(cell is not None and cell != "" for cell in row) for row in rows)


def read_cells(
    job: ReadJob, rows: Iterable[Sequence[Any]], title: str, *, total: int = 0, header: bool | None = None
) -> ReadReport:
    """Write rows of cells as delimited text and read that.

    Parameters
    ----------
    job
        The file on its way.
    rows
        Its cells as Python values; rows may differ in length.
    title
        What the report calls the format.
    total
        How many rows there are about, for the progress.
    header
        Whether the first row names the columns, where that is known.
    """
    from core.readers import READERS

    share = job.part(0.0, _SHARE)
    file, blank = _write(job, rows, lambda count: share(count / total) if total else None)
    limit, job.limit = job.limit, 0
    job.source = file
    options = job.options
    job.options = replace(options, delimiter="tab", encoding="utf-8", quote='"', sheet="")
    if options.header is None and header is not None:
        job.options = replace(job.options, header=header)
    job.progress = job.part(_SHARE, 1.0)
    report = READERS["delimited"].read(job)
    job.limit = limit
    if blank:
        job.note(f"{counted(blank, 'empty row')} of the sheet {'was' if blank == 1 else 'were'} left out.")
    lines = report.lines.plus(total=blank, empty=blank) if report.lines.total else report.lines
    return replace(report, format=title, delimiter="", encoding="", quote="", notes=tuple(job.notes), lines=lines)


def _write(job: ReadJob, rows: Iterable[Sequence[Any]], progress: Callable[[int], None]) -> tuple[Path, int]:
    """The rows that have any value, all as wide as the widest; and how many between and above them were empty."""
    waiting = blank = filled = 0
    narrowest = widest = 0
    file = job.folder / "sheet.tsv"
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, delimiter=_DELIMITER, lineterminator="\n")
        for number, row in enumerate(rows):
            if job.limit and number > job.limit + 50:
                break
            job.typed_cells = job.typed_cells or any(isinstance(cell, float) for cell in row)
            cells = [cell_text(cell) for cell in row]
            while cells and not cells[-1]:
                cells.pop()
            if not cells:
                waiting += 1
                continue
            # Empty rows below the last one with a value are nothing but formatted cells.
            blank, waiting = blank + waiting, 0
            if len(cells) > MOST_COLUMNS:
                raise DataError(
                    f"A table may have {MOST_COLUMNS:,} columns. A row of {job.name!r} has {len(cells):,}. Choose the "
                    "ones that matter, or turn rows and columns around."
                )
            filled += 1
            narrowest = min(narrowest or len(cells), len(cells))
            widest = max(widest, len(cells))
            writer.writerow(cells + [""] * (widest - len(cells)))
            if number % 2000 == 0:
                progress(number)
    if narrowest == widest:
        return file, blank
    if filled * widest > _MOST_CELLS:
        raise DataError(
            f"A sheet may have {_MOST_CELLS:,} cells. {job.name!r} has {filled:,} rows, one of them with {widest:,} "
            "cells. Take out what lies apart from the table, or save the table as CSV."
        )
    return _padded(file, widest), blank


def _padded(file: Path, width: int) -> Path:
    """The rows with empty cells behind them, so that a column without a name is not taken for one without values.

    A title above the table stands alone in its row, and is left so.
    """
    target = file.with_name("padded.tsv")
    csv.field_size_limit(1 << 30)
    with file.open(encoding="utf-8", newline="") as text, target.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, delimiter=_DELIMITER, lineterminator="\n")
        begun = False
        for cells in csv.reader(text, delimiter=_DELIMITER):
            begun = begun or len(cells) == width or sum(map(bool, cells)) > 1
            if not begun:
                writer.writerow([cell for cell in cells if cell])
                continue
            writer.writerow(cells + [""] * (width - len(cells)))
    return target


def cell_text(cell: Any) -> str:
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
