"""Finds the delimiter and the quotes of a text file from its first lines; where its table begins is `table.py`'s."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from core.errors import DataError
from core.readers.reading.cells import is_blank, is_number, is_typed
from core.readers.reading.numbers import ONE_COLUMN
from core.readers.reading.options import ReadOptions
from core.readers.reading.report import shortened
from core.readers.reading.text.comments import CommentRule, Row, find_comments, unmarked
from core.readers.reading.text.edits import is_wrapped, split_blanks, unwrapped
from core.readers.reading.text.fixed import FIXED, Spans, find_spans, is_dashes, split_fixed
from core.readers.reading.text.lines import NO_LINES, LineCounts
from core.readers.reading.text.table import ONE_COLUMN_TABLE, TableLayout, find_table, is_rule

DELIMITERS = (",", ";", "\t", "|")
_WORDS = {"tab": "\t", "\\t": "\t", "space": " ", "comma": ",", "semicolon": ";", "pipe": "|"}
_MOST_ROWS = 2000
_SCORED = 600
"""The records by which a delimiter is judged."""
_FIELD_LIMIT = 1 << 24
_GOOD = 0.5
_SURE = 0.8
_WRAPPED = 0.5
_OPENED = re.compile(r"(?:^|[,;\t|])\s?(['\"])")


@dataclass(frozen=True)
class Dialect:
    """The layout of a delimited text file."""

    delimiter: str
    """A space means any run of blanks."""
    quote: str = '"'
    escape: str = '"'
    spans: Spans = ()
    """Where columns of fixed width begin; empty where a delimiter stands between them."""
    wrapped: bool = False
    """Whether lines are quoted as a whole."""
    comments: CommentRule | None = None
    first_comment: str = ""
    """The first comment among the first lines."""
    table: TableLayout = ONE_COLUMN_TABLE
    """Where the table begins, and what stands above it."""
    skip: int = 0
    """Characters in front of the first row of values."""
    skips_quotes: bool = False
    """Whether there are quotes in front of it, within which DuckDB does not count lines."""
    before: LineCounts = NO_LINES
    """What the lines in front of it were taken for."""
    notes: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...] | None:
        """The header's cells; None without a header."""
        return self.table.names

    @property
    def width(self) -> int:
        """How many fields a row has."""
        return self.table.width

    def cells(self, line: str) -> list[str]:
        """The fields of one line."""
        if self.spans:
            return split_fixed(line, self.spans)
        if self.delimiter == " ":
            return split_blanks(line, self.quote)
        if self.delimiter == ONE_COLUMN:
            return [line]
        options = _csv_options(self.delimiter, self.quote, self.escape)
        try:
            return next(csv.reader([line.replace("\r", "")], **options), [""])  # type: ignore[arg-type]
        except csv.Error:
            return [line]


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
    bare = _unwrapped(lines, first, delimiter, options)
    dialect = _Finder(bare or lines, first, options).find(delimiter)
    skip = sum(len(line) + 1 for line in lines[: dialect.table.first_line])
    notes = dialect.notes
    if declared:
        notes = ("The first line says what the delimiter is; it was skipped.", *notes)
    if bare:
        whole = sum(map(is_wrapped, lines)) >= _WRAPPED * len(lines)
        which = "The lines are quoted as a whole; they" if whole else "Some lines are quoted as a whole; all"
        notes = (f"{which} were read without these quotes.", *notes)
    quotes = any(dialect.quote in line for line in lines[: dialect.table.first_line]) if dialect.quote else False
    return replace(dialect, wrapped=bool(bare), skip=skip, skips_quotes=quotes, notes=notes)


def _unwrapped(lines: list[str], first: int, delimiter: str, options: ReadOptions) -> list[str]:
    """The lines without quotes around each as a whole, where that is how the file was written; else none."""
    filled = [line for line in lines[first:] if line.strip()]
    wrapped = [line for line in filled if is_wrapped(line)]
    if len(filled) < 2 or not wrapped:
        return []
    if len(wrapped) < _WRAPPED * len(filled):
        return _partly_unwrapped(lines, wrapped, first, delimiter, options)
    bare = [unwrapped(line) for line in lines]
    finder = _Finder(bare, first, options)
    quote, escape = finder.quoting()
    best = delimiter or finder.best_delimiter(quote, escape)
    if best in (ONE_COLUMN, " ") or finder.score(best, quote, escape) < _GOOD:
        return []
    rows = finder.rows(best, quote, escape)
    width = max(len(row.cells) for row in rows)
    plain = not any('""' in line.strip().strip('"') for line in wrapped)
    if plain and (len(rows[0].cells) != width or (width < 3 and _may_be_one_value(rows))):
        # "Doe, John" and "1,5" are values of one column.
        return []
    return bare


def _partly_unwrapped(
    lines: list[str], wrapped: list[str], first: int, delimiter: str, options: ReadOptions
) -> list[str]:
    """The lines without quotes around a whole one, where some are so and have the table's fields within them."""
    finder = _Finder(lines, first, options)
    dialect = finder.find(delimiter)
    if dialect.width < 2 or dialect.delimiter in (ONE_COLUMN, FIXED, " ") or not dialect.quote:
        return []
    fields = (len(dialect.cells(unwrapped(line))) for line in wrapped)
    return [unwrapped(line) for line in lines] if all(count == dialect.width for count in fields) else []


def _may_be_one_value(rows: Sequence[Row]) -> bool:
    fields = [cell for row in rows for cell in row.cells]
    return all(map(is_typed, fields)) or all(row.cells[-1].startswith(" ") for row in rows)


class _Finder:
    """The first lines of a file, and what explains them best."""

    def __init__(self, lines: list[str], first: int, options: ReadOptions) -> None:
        self.lines = lines
        self.first = first
        self.options = options
        self._spans: Spans = ()

    def find(self, delimiter: str) -> Dialect:
        """The layout, by the delimiter that is given or found."""
        quote, escape = self.quoting()
        if not delimiter:
            delimiter = self.best_delimiter(quote, escape)
        rows = self.rows(delimiter, quote, escape)
        width = _width(rows, delimiter)
        comments, rows = find_comments(rows, width, delimiter)
        table, before, notes = find_table(rows, self.lines, self.first, width, comments, self.options)
        if delimiter == " ":
            # Where runs of blanks are the delimiter, nothing tells which field a short row lacks.
            table = table.without_short_rows()
        spans: Spans = ()
        if delimiter == FIXED:
            spans, quote, escape = self._spans, "", ""
            notes = ["The columns were told apart by the blanks between them, as columns of fixed width.", *notes]
        remark = next((self.lines[row.start] for row in rows if row.comment), "")
        return Dialect(
            delimiter, quote, escape, spans, comments=comments, first_comment=shortened(remark), table=table,
            before=before, notes=tuple(notes),
        )  # fmt: skip

    def quoting(self) -> tuple[str, str]:
        """The quote, and what escapes it within quotes."""
        if self.options.quote:
            quote = "" if self.options.quote == "none" else self.options.quote
            return quote, quote
        body = "\n".join(self.lines[self.first :])
        marks = Counter(mark for line in self.lines[self.first :] for mark in _opened(line))
        quote = "'" if marks["'"] > 2 and not marks['"'] and _closed(body, "'") else '"'
        escape = "\\" if f"\\{quote}" in body and f"{quote}{quote}" not in _without_empty(body, quote) else quote
        return quote, escape

    def best_delimiter(self, quote: str, escape: str) -> str:
        """The delimiter that explains the lines best."""
        scored = [(self.score(delimiter, quote, escape), delimiter) for delimiter in DELIMITERS]
        score, best = max(scored, key=lambda pair: pair[0])
        if score >= _SURE:
            return best
        spaced = self.score(" ", quote, escape)
        if spaced > max(score, 0.8):
            return FIXED if self._has_fixed_columns(quote) else " "
        if score > 0.3:
            return best
        self._spans = find_spans(self.lines[self.first :])
        return FIXED if self._spans and self.score(FIXED, quote, escape) >= _SURE else ONE_COLUMN

    def _has_fixed_columns(self, quote: str) -> bool:
        """Whether columns of fixed width explain lines better than runs of blanks: their header too, or a rule."""
        self._spans = find_spans(self.lines[self.first :])
        if not self._spans:
            return False
        if any(is_dashes(line) for line in self.lines[self.first : self.first + 6]):
            return True
        spaced, fixed = self.rows(" ", quote, quote), self.rows(FIXED, quote, quote)
        same = len(spaced[0].cells) == _width(spaced, " ")
        return not same and all(len(row.cells) == len(self._spans) and all(row.cells) for row in fixed)

    def score(self, delimiter: str, quote: str, escape: str) -> float:
        """How well a delimiter explains the lines: rows of one width, of cells that look like cells."""
        rows = [row for row in self.rows(delimiter, quote, escape, _SCORED) if not is_rule(self.lines[row.start])]
        return max(self._explained(unmarked(rows, delimiter), delimiter), self._explained(rows, delimiter))

    def _explained(self, rows: Sequence[Row], delimiter: str) -> float:
        width = _width(rows, delimiter)
        if width < 2 or not rows:
            return 0.0
        fitting = [row.cells for row in rows if len(row.cells) == width]
        shorter = sum(1 < len(row.cells) < width for row in rows)
        share = (len(fitting) + 0.5 * shorter) / len(rows)
        if delimiter == FIXED:
            return share
        if delimiter == " ":
            return share * self._blanks_delimit(fitting, len(fitting) / len(rows))
        if delimiter == "," and width == 2 and self._are_decimals():
            return 0.0
        others = [d for d in DELIMITERS if d != delimiter]
        cells = [cell for cells in fitting[:200] for cell in cells]
        return share * sum(_whole_cell(cell, others) for cell in cells) / max(len(cells), 1)

    def _are_decimals(self) -> bool:
        """Whether a name without a comma stands above numbers that all have one: 1,5 in a single column."""
        filled = [line for line in self.lines[self.first :] if line.strip()]
        return len(filled) > 1 and "," not in filled[0] and all(map(is_number, filled[1:]))

    def _blanks_delimit(self, fitting: Sequence[list[str]], same: float) -> float:
        """How likely blanks stand between fields, not between the words of one."""
        filled = [line for line in self.lines[self.first :] if line.strip()]
        if sum(is_typed(line) for line in filled) > 0.5 * len(filled):
            return 0.0  # a date and its time
        cells = [cell for cells in fitting[:200] for cell in cells]
        good = sum(is_typed(cell) or is_blank(cell) for cell in cells) / max(len(cells), 1)
        columns = list(zip(*fitting[1:200], strict=False))
        numeric = sum(all(is_typed(cell) or is_blank(cell) for cell in column) for column in columns)
        if len(fitting) >= 4 and same > 0.9 and numeric:
            # Lines of words rarely have the same number of words each, with numbers always at the same place.
            return max(good, 0.95)
        return good

    def rows(self, delimiter: str, quote: str, escape: str, most: int = _MOST_ROWS) -> list[Row]:
        """The records of the first lines; those without any value are none."""
        if delimiter == " ":
            return [Row(split_blanks(line, quote), at, at + 1) for at, line in self._numbered() if line.strip()]
        if delimiter == FIXED:
            return [Row(split_fixed(line, self._spans), at, at + 1) for at, line in self._numbered() if line.strip()]
        if delimiter == ONE_COLUMN:
            return [Row([line], at, at + 1) for at, line in self._numbered() if line.strip()]
        feed = (line + "\n" for line in self.lines[self.first :])
        reader = csv.reader(feed, **_csv_options(delimiter, quote, escape))  # type: ignore[arg-type]
        rows: list[Row] = []
        end = self.first
        try:
            for cells in reader:
                start, end = end, self.first + reader.line_num
                if any(cell.strip() for cell in cells):
                    rows.append(Row(cells, start, end))
                if len(rows) >= most:
                    break
        except csv.Error:
            pass  # a quote that never closes; what was read until then decides
        return rows

    def _numbered(self) -> list[tuple[int, str]]:
        return list(enumerate(self.lines))[self.first : self.first + _MOST_ROWS]


def _csv_options(delimiter: str, quote: str, escape: str) -> dict[str, object]:
    options: dict[str, object] = {"delimiter": delimiter}
    options |= {"quotechar": quote} if quote else {"quoting": csv.QUOTE_NONE}
    if escape and escape != quote:
        options |= {"escapechar": escape, "doublequote": False}
    return options


def _width(rows: Sequence[Row], delimiter: str) -> int:
    counts = Counter(len(row.cells) for row in unmarked(rows, delimiter))
    if delimiter == ONE_COLUMN or not counts:
        return 1
    wide = {count: n for count, n in counts.items() if count > 1}
    # Prose in front of a short table must not outvote it.
    if wide and sum(wide.values()) >= 0.2 * sum(counts.values()):
        return max(wide, key=lambda count: (wide[count], count))
    return counts.most_common(1)[0][0]


def _whole_cell(cell: str, others: Sequence[str]) -> bool:
    """Whether a cell is one value, not a piece of one or several."""
    if any(other in cell for other in others if other != ","):
        return False
    if is_blank(cell) or is_typed(cell):
        return True
    if len(parts := cell.split()) > 2 and all(map(is_number, parts)):
        return False
    return not re.search(r"\d,\d", cell)


def _opened(line: str) -> Iterator[str]:
    """The quotes that begin a field and come again in their line; looked for once, however many there are."""
    last = {mark: line.rfind(mark) for mark in ("'", '"')}
    return (found[1] for found in _OPENED.finditer(line) if found.start(1) < last[found[1]])


def _closed(body: str, quote: str) -> bool:
    """Whether what opens with this quote at a field's start also closes at a field's end."""
    fields = re.findall(rf"(?:^|[,;\t|]){quote}([^{quote}\n]*)(.?)", body, re.M)
    return all(after == quote for _, after in fields)


def _without_empty(body: str, quote: str) -> str:
    """The text without its empty quoted fields, whose two quotes escape nothing."""
    return re.sub(rf"(^|[,;\t|]){quote}{quote}(?=[,;\t|\n]|$)", r"\1", body, flags=re.M)
