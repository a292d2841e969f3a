"""Finds the layout of a text file from its first lines: delimiter, quotes, comments, preamble, header."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from core.errors import DataError
from core.readers.reading.cells import is_blank, is_typed
from core.readers.reading.header import header_of, is_units
from core.readers.reading.options import ReadOptions
from core.readers.reading.report import counted

DELIMITERS = (",", ";", "\t", "|")
_WORDS = {"tab": "\t", "\\t": "\t", "space": " ", "comma": ",", "semicolon": ";", "pipe": "|"}
_COMMENTS = ("#", "//", "%")
NO_DELIMITER = "\x1f"
"""Stands for "one column": a control character that no text holds."""
_MOST_ROWS = 2000
_FIELD_LIMIT = 1 << 24


@dataclass(frozen=True)
class Dialect:
    """The layout of a delimited text file."""

    delimiter: str
    """A space means any run of blanks."""
    quote: str = '"'
    escape: str = '"'
    comment: str = ""
    names: tuple[str, ...] | None = None
    """The header's cells; None without a header."""
    width: int = 1
    skip: int = 0
    """Characters in front of the first row of values."""
    skip_lines: int = 0
    """Lines in front of the first row of values."""
    short_rows: bool = False
    """Whether rows often lack their last fields."""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Row:
    cells: list[str]
    start: int
    """Number of the line where it begins, from 0."""
    end: int
    """Number of the line after it."""
    comment: bool = False


def find_dialect(text: str, whole: bool, name: str, options: ReadOptions) -> Dialect:
    """The layout of a file that begins with ``text``.

    Parameters
    ----------
    text
        The first characters, with line feeds alone.
    whole
        Whether that is the whole file.

    Raises
    ------
    DataError
        When there is nothing to read.
    """
    csv.field_size_limit(_FIELD_LIMIT)
    lines = text.split("\n")
    if (not whole and len(lines) > 1) or (lines and not lines[-1]):
        lines.pop()
    if not any(line.strip() for line in lines):
        raise DataError(f"The file {name!r} must hold rows, but it is empty. Choose a file with data in it.")
    declared = re.fullmatch(r'"?sep=(.)"?', lines[0].strip()) if lines else None
    delimiter = _WORDS.get(options.delimiter.lower(), options.delimiter) or (declared.group(1) if declared else "")
    if len(delimiter) > 1:
        raise DataError(f"The delimiter must be one character. Got {delimiter!r}. Choose , ; | tab or space.")
    first = 1 if declared else 0
    return _Finder(lines, first, options).find(delimiter)


class _Finder:
    def __init__(self, lines: list[str], first: int, options: ReadOptions) -> None:
        self.lines = lines
        self.first = first
        self.options = options

    def find(self, delimiter: str) -> Dialect:
        quote, escape = self._quoting()
        if not delimiter:
            delimiter = self._best_delimiter(quote, escape)
        rows = self._rows(delimiter, quote, escape)
        width = _width(rows, delimiter)
        comment = self._comment(rows, width)
        rows = [replace(row, comment=bool(comment) and row.cells[0].lstrip().startswith(comment)) for row in rows]
        return self._layout(Dialect(delimiter, quote, escape, comment, width=width), rows)

    def _quoting(self) -> tuple[str, str]:
        if self.options.quote:
            quote = "" if self.options.quote == "none" else self.options.quote
            return quote, quote
        body = "\n".join(self.lines[self.first :])
        opened = re.compile(r"(?:^|[,;\t|])\s?(['\"])(?=[^\n]*\1)", re.M)
        marks = Counter(opened.findall(body))
        quote = "'" if marks["'"] > 2 and not marks['"'] and _closed(body, "'") else '"'
        escape = "\\" if f"\\{quote}" in body and f"{quote}{quote}" not in _without_empty(body, quote) else quote
        return quote, escape

    def _best_delimiter(self, quote: str, escape: str) -> str:
        scored = [(self._score(delimiter, quote, escape), delimiter) for delimiter in DELIMITERS]
        score, best = max(scored, key=lambda pair: pair[0])
        if score >= 0.5:
            return best
        spaced = self._score(" ", quote, escape)
        if spaced > max(score, 0.8):
            return " "
        return best if score > 0.3 else NO_DELIMITER

    def _score(self, delimiter: str, quote: str, escape: str) -> float:
        """How well a delimiter explains the lines: rows of one width, of cells that look like cells."""
        rows = [row for row in self._rows(delimiter, quote, escape) if not _is_comment(row)]
        width = _width(rows, delimiter)
        if width < 2 or not rows:
            return 0.0
        fitting = [row.cells for row in rows if len(row.cells) == width]
        shorter = sum(1 < len(row.cells) < width for row in rows)
        others = [d for d in DELIMITERS if d != delimiter]
        cells = [cell for row in fitting[:200] for cell in row]
        good = sum(_whole_cell(cell, others) for cell in cells) / max(len(cells), 1)
        if delimiter == " ":
            good = sum(is_typed(cell) or is_blank(cell) for cell in cells) / max(len(cells), 1)
        return (len(fitting) + 0.5 * shorter) / len(rows) * good

    def _rows(self, delimiter: str, quote: str, escape: str) -> list[_Row]:
        if delimiter == " ":
            return self._spaced_rows()
        if delimiter == NO_DELIMITER:
            return [_Row([line], at, at + 1) for at, line in self._numbered() if line.strip()]
        options: dict[str, object] = {"delimiter": delimiter}
        options |= {"quotechar": quote} if quote else {"quoting": csv.QUOTE_NONE}
        if escape and escape != quote:
            options |= {"escapechar": escape, "doublequote": False}
        feed = (line + "\n" for line in self.lines[self.first :])
        reader = csv.reader(feed, **options)  # type: ignore[arg-type]
        rows: list[_Row] = []
        end = self.first
        try:
            for cells in reader:
                start, end = end, self.first + reader.line_num
                if any(cell.strip() for cell in cells) or len(cells) > 1:
                    rows.append(_Row(cells, start, end))
                if len(rows) >= _MOST_ROWS:
                    break
        except csv.Error:
            pass  # a quote that never closes; what was read until then decides
        return rows

    def _spaced_rows(self) -> list[_Row]:
        return [_Row(line.split(), at, at + 1) for at, line in self._numbered() if line.strip()]

    def _numbered(self) -> list[tuple[int, str]]:
        return list(enumerate(self.lines))[self.first : self.first + _MOST_ROWS]

    def _comment(self, rows: list[_Row], width: int) -> str:
        """The mark of comment lines: in front of the table, or on lines of another width."""
        for mark in _COMMENTS:
            marked = [row for row in rows if row.cells[0].lstrip().startswith(mark)]
            if not marked or len(marked) == len(rows):
                continue
            leading = rows[0].cells[0].lstrip().startswith(mark)
            if leading or any(len(row.cells) != width for row in marked):
                return mark
        return ""

    def _layout(self, dialect: Dialect, rows: list[_Row]) -> Dialect:
        notes: list[str] = []
        body = [row for row in rows if not row.comment]
        start, width = _table_start(body, dialect.width)
        if start:
            notes.append(
                f"The first {counted(body[start].start, 'line')} before the table was skipped."
                if body[start].start == 1
                else f"The first {body[start].start:,} lines before the table were skipped."
            )
        table = body[start:]
        names, first_value, header_notes = self._header(rows, table, width, dialect)
        notes += header_notes
        values = table[first_value:]
        if names is not None and len(names) > width:
            width = len(names)
        skip_lines = values[0].start if values else len(self.lines)
        counts = [len(row.cells) for row in values]
        short = sum(count < width for count in counts)
        many_short = bool(counts) and short > 0.02 * len(counts) and max(counts) <= width
        if many_short and dialect.delimiter != " ":
            notes.append("Rows that lack their last fields were kept, with these fields missing.")
        return replace(
            dialect,
            names=tuple(names) if names is not None else None,
            width=width,
            skip=sum(len(line) + 1 for line in self.lines[:skip_lines]),
            skip_lines=skip_lines,
            short_rows=many_short and dialect.delimiter != " ",
            notes=tuple(notes),
        )

    def _header(
        self, rows: list[_Row], table: list[_Row], width: int, dialect: Dialect
    ) -> tuple[list[str] | None, int, list[str]]:
        """The names, how many rows of the table they take, and what to say about it."""
        cells = [row.cells for row in table]
        if self.options.header is False or not cells:
            return None, 0, []
        if self.options.header is None:
            commented = self._commented_header(rows, table, width, dialect)
            if commented and header_of(cells) is None:
                return commented, 0, ["The column names were taken from a comment line."]
        names = list(cells[0]) if self.options.header else header_of(cells)
        if names is None:
            return None, 0, ["There is no header: the columns were numbered."]
        notes: list[str] = []
        if len(names) == width - 1:
            last_empty = all(not row[-1].strip() for row in cells[1:] if len(row) == width)
            names = [*names, ""] if last_empty else ["row name", *names]
        if self.options.header is None and is_units(cells):
            return (
                names,
                2,
                [f"The line under the header looks like units and was skipped: {', '.join(cells[1])[:80]}."],
            )
        return names, 1, notes

    def _commented_header(self, rows: list[_Row], table: list[_Row], width: int, dialect: Dialect) -> list[str] | None:
        before = [row for row in rows if row.comment and row.end <= table[0].start]
        if not before or not dialect.comment:
            return None
        cells = list(before[-1].cells)
        cells[0] = cells[0].lstrip()[len(dialect.comment) :].lstrip()
        if dialect.delimiter == " " and not cells[0]:
            cells = cells[1:]
        good = len(cells) == width and width > 1 and all(cell.strip() and not is_typed(cell) for cell in cells)
        return cells if good else None


def _is_comment(row: _Row) -> bool:
    return row.cells[0].lstrip().startswith(_COMMENTS)


def _width(rows: Sequence[_Row], delimiter: str) -> int:
    counts = Counter(len(row.cells) for row in rows if not _is_comment(row)) or Counter(len(row.cells) for row in rows)
    if delimiter == NO_DELIMITER or not counts:
        return 1
    wide = {count: n for count, n in counts.items() if count > 1}
    # Prose in front of a short table must not outvote it.
    if wide and sum(wide.values()) >= 0.2 * sum(counts.values()):
        return max(wide, key=lambda count: (wide[count], count))
    return counts.most_common(1)[0][0]


def _table_start(rows: Sequence[_Row], width: int) -> tuple[int, int]:
    """Where the table begins: the first row from which on most rows have its width, and that width."""
    counts = [len(row.cells) for row in rows]
    widest = max(counts, default=0)
    if widest > width and counts[0] == widest and not any(is_typed(cell) for cell in rows[0].cells):
        # Most rows lack their last fields, and the header names them all.
        return 0, widest
    for start, count in enumerate(counts):
        following = counts[start + 1 : start + 11]
        same = sum(c == width for c in following) >= 0.5 * len(following)
        if count == width and same:
            before = counts[start - 1] if start else 0
            named = start and not any(is_typed(cell) for cell in rows[start - 1].cells)
            # A header may lack the name of the first column, as R writes it, or name columns that most rows lack.
            if (
                named
                and before > 1
                and (before == width - 1 or before > width)
                and rows[start - 1].end == rows[start].start
            ):
                return start - 1, max(width, before)
            return start, width
    return 0, width


def _whole_cell(cell: str, others: Sequence[str]) -> bool:
    """Whether a cell is one value, not a piece of one or several."""
    if is_blank(cell) or is_typed(cell):
        return True
    return not any(other in cell for other in others if other != ",") and not re.search(r"\d,\d", cell)


def _closed(body: str, quote: str) -> bool:
    """Whether what opens with this quote at a field's start also closes at a field's end."""
    fields = re.findall(rf"(?:^|[,;\t|]){quote}([^{quote}\n]*)(.?)", body, re.M)
    return all(after == quote for _, after in fields)


def _without_empty(body: str, quote: str) -> str:
    """The text without its empty quoted fields, whose two quotes escape nothing."""
    return re.sub(rf"(^|[,;\t|]){quote}{quote}(?=[,;\t|\n]|$)", r"\1", body, flags=re.M)
