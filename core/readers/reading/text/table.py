"""Finds where the table begins among a text file's first lines: what stands above it, its header, its units."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from core.readers.reading.cells import is_blank, is_typed, years
from core.readers.reading.lines import LineCounts
from core.readers.reading.options import ReadOptions
from core.readers.reading.report import shortened
from core.readers.reading.text.comments import CommentRule, Row, second_half, typed_columns
from core.readers.reading.text.header import all_units, header_of, placed_names
from core.readers.reading.words import DASHES

_RULE = re.compile(r"[ \t|+:,;*-]*(-{3,}|={3,}|_{3,}|\*{3,})[ \t|+:,;=_*-]*")
_RULE_CELL = re.compile(r":?[-=]{2,}:?")
_LOOK_AT = 60
_OFTEN = 0.02
_FITTING = 0.8


@dataclass(frozen=True)
class TableLayout:
    """Where a table begins in a text file, and what its rows look like."""

    names: tuple[str, ...] | None = None
    """The header's cells, the nameless ones empty; None without a header."""
    width: int = 1
    first_line: int = 0
    """Lines in front of the first row of values."""
    headings: tuple[tuple[str, ...], ...] = ()
    """The header and the lines of units under it as they stand there, to know them when they come again."""
    typed: frozenset[int] = frozenset()
    """The places of the columns that hold numbers or dates."""
    short_rows: bool = False
    """Whether rows often lack their last fields."""
    in_order: bool = False
    """Whether the names are another file's, in whose order the columns are taken."""

    def without_short_rows(self) -> TableLayout:
        """The same table, where rows that lack fields are no rows of it."""
        return replace(self, short_rows=False)


ONE_COLUMN_TABLE = TableLayout()


def is_rule(line: str) -> bool:
    """Whether a line is drawn, such as ``-----`` or ``+----+----+``."""
    return _RULE.fullmatch(line) is not None


def find_table(
    rows: Sequence[Row],
    lines: Sequence[str],
    first: int,
    width: int,
    comments: CommentRule | None,
    options: ReadOptions,
) -> tuple[TableLayout, LineCounts, list[str]]:
    """The table, an account of the lines in front of its first row of values, and sentences about them.

    Parameters
    ----------
    rows
        The records of the first lines, comments marked.
    lines
        The lines themselves.
    first
        How many lines at the top declare the delimiter.
    width
        How many fields most records have.
    """
    rules = _rules(rows, lines, width)
    body = [row for row in rows if not row.comment and row not in rules]
    layout = _Records(body, width, options)
    layout.settle()
    notes = layout.notes
    header = layout.header
    if layout.names is None and comments is not None and options.header is None:
        header = _commented_header(rows, body[layout.first :], layout.width, comments)
        if header is not None:
            layout.names = header_cells(header, comments.mark)
            notes = [note for note in notes if note != NO_HEADER]
            notes.append(f"The column names were taken from a comment line, without its {comments.mark!r}.")
    values = body[layout.first :]
    first_line = values[0].start if values else len(lines)
    taken = {
        **{row.start: "comments" for row in rows if row.comment},
        **{row.start: "separators" for row in rules},
        **{row.start: "preamble" for row in layout.preamble},
        **{row.start: "units" for row in layout.units},
    }
    if header is not None:
        taken[header.start] = "header"
    before = _account(rows, taken, lines[:first_line], first)
    width = max(layout.width, len(layout.names or ()))
    headings = [header] if header is not None and not header.comment else []
    table = TableLayout(
        names=tuple(layout.names) if layout.names is not None else None,
        width=width,
        first_line=first_line,
        headings=tuple(tuple(row.cells) for row in (*headings, *layout.units)),
        typed=layout.typed,
        short_rows=_lack_last_fields([row.cells for row in values], width, layout.typed),
    )
    return table, before, notes


def _lack_last_fields(values: Sequence[Sequence[str]], width: int, typed: frozenset[int]) -> bool:
    """Whether rows with too few fields lack the last ones: many do, or those that do fit the columns."""
    short = [cells for cells in values if len(cells) < width]
    if not short or max(map(len, values)) > width:
        return False
    fits = [all(is_typed(c) or is_blank(c) for at, c in enumerate(cells) if at in typed) for cells in short]
    if len(short) > _OFTEN * len(values):
        return sum(fits) >= _FITTING * len(fits)
    return bool(typed) and all(fits) and all(sum(bool(c.strip()) for c in cells) > 1 for cells in short)


NO_HEADER = "There is no header: the columns were numbered."


class _Records:
    """The records of a file's first lines, without comments and rules, told apart."""

    def __init__(self, body: Sequence[Row], width: int, options: ReadOptions) -> None:
        self.body = body
        self.width = width
        self.options = options
        self.names: list[str] | None = None
        self.header: Row | None = None
        self.preamble: Sequence[Row] = ()
        self.units: Sequence[Row] = ()
        self.first = 0
        """The place of the first row of values."""
        self.typed: frozenset[int] = frozenset()
        self.notes: list[str] = []

    def settle(self) -> None:
        """Find the header, what stands above it and what under it."""
        start, self.width = _table_start([row.cells for row in self.body], self.width, self.body)
        self.typed = typed_columns(second_half(self.body[start:], self.width), self.width)
        head, values = self._by_kinds(start)
        self.preamble = self.body[:head]
        if head:
            many = "line before the table was" if head == 1 else f"{head:,} lines before the table were"
            self.notes.append(f"The first {many} skipped: {shortened(' '.join(self.body[0].cells))!r}.")
        self.first = head
        self._name(values - head)

    def _by_kinds(self, start: int) -> tuple[int, int]:
        """The places of the header and of the first row of values, where kinds of values tell; else twice the start."""
        if self.options.header is not None or not self.typed:
            return start, start
        if above := self._block_above(start):
            start = above
        table = self.body[start : start + _LOOK_AT]
        strange = next((at for at, row in enumerate(table) if not self._is_strange(row)), 0)
        if strange < 2:
            return (start, start + strange) if above else (start, start)
        values = start + strange
        run = self._run_before(values)
        if run == values:
            return start, start
        under = self.body[run + 1 : values]
        if under and not all_units([row.cells for row in under], self.typed) and not self._no_values(under):
            return start, start
        head = run if all_units([row.cells for row in under], self.typed) else self._fullest(run, values)
        return head, values

    def _block_above(self, start: int) -> int:
        """Where the table begins below a block of lines that an empty line parts from it; 0 without such a block."""
        for at in range(start + 1, min(start + _LOOK_AT, len(self.body) - 1)):
            if self.body[at].start > self.body[at - 1].end and self._is_strange(self.body[at]):
                fits = any(self._fits(row) for row in self.body[start:at])
                return 0 if fits or not self._fits(self.body[at + 1]) else at
        return 0

    def _fits(self, row: Row) -> bool:
        """Whether a record has numbers and dates wherever the table has."""
        cells = [row.cells[at] for at in self.typed if at < len(row.cells)]
        return len(row.cells) == self.width and all(is_typed(cell) or is_blank(cell) for cell in cells)

    def _is_strange(self, row: Row) -> bool:
        """Whether a record has words, and no number or date, where the table has numbers and dates."""
        cells = [row.cells[at].strip() for at in self.typed if at < len(row.cells) and row.cells[at].strip()]
        if self.width > 2 and sum(bool(cell.strip()) for cell in row.cells) == 1 and not any(map(is_typed, cells)):
            return True
        if cells and len(set(cells)) < len(cells) and all(c.isdigit() and int(c) in years() for c in cells):
            return True  # years, each over several columns
        missing = any(is_blank(cell) and cell not in DASHES for cell in cells)
        return not missing and not any(map(is_typed, cells)) and (bool(cells) or len(row.cells) < self.width)

    def _run_before(self, end: int) -> int:
        """Where the records begin that could be headers: without a number, one line after the other."""
        at = end
        while at and (at == end or self.body[at - 1].end == self.body[at].start):
            cells = self.body[at - 1].cells
            enough = len(cells) in (self.width, self.width - 1) and sum(bool(cell.strip()) for cell in cells) > 0
            if not enough or any(map(is_typed, cells)):
                break
            at -= 1
        return at

    def _no_values(self, under: Sequence[Row]) -> bool:
        """Whether these records under a header are none of the table's: words that never come again in its numbers."""
        if len(self.typed) < 2:
            return False
        words = {row.cells[at].strip() for row in under for at in self.typed if at < len(row.cells)} - {""}
        later = self.body[self.body.index(under[-1]) + 1 :]
        seen = {row.cells[at].strip() for row in later for at in self.typed if at < len(row.cells)}
        return bool(words) and not words & seen

    def _fullest(self, run: int, values: int) -> int:
        """Of several lines of words the one with the most different ones names the columns; among equals the first."""
        different = {at: len({c.strip() for c in self.body[at].cells} - {""}) for at in range(run, values)}
        return max(different, key=lambda at: (different[at], -at))

    def _name(self, rows_above: int) -> None:
        """Take the names from the first line of the table, and leave out the lines of units under it."""
        table = self.body[self.first :]
        cells = [row.cells for row in table]
        if self.options.header is False or not cells:
            return
        names = list(cells[0]) if self.options.header or rows_above else header_of(cells)
        if names is None:
            self.notes.append(NO_HEADER)
            return
        self.header = table[0]
        rows_above = rows_above or 1
        self.units = table[1:rows_above]
        self.first += rows_above
        if self.units:
            one, shown = len(self.units) == 1, ", ".join(self.units[0].cells)[:80]
            many = "line under the header looks" if one else f"{len(self.units)} lines under the header look"
            self.notes.append(f"The {many} like units and {'was' if one else 'were'} skipped: {shown}.")
        if names[0].lstrip().startswith(("#", "//", ";")) and len(names) > 1:
            mark = "//" if names[0].lstrip().startswith("//") else names[0].lstrip()[0]
            names[0] = names[0].lstrip()[len(mark) :].lstrip()
            self.notes.append(f"The header begins with {mark!r}, which was left out of the first name.")
        below = [row for row in cells[rows_above:] if len(row) == self.width]
        self.names, note = placed_names([name.strip() for name in names], below, self.width)
        if note:
            self.notes.append(note)


def header_cells(row: Row, mark: str) -> list[str]:
    """The names in a comment line."""
    cells = list(row.cells)
    cells[0] = cells[0].lstrip()[len(mark) :].lstrip()
    return cells


def _commented_header(rows: Sequence[Row], values: Sequence[Row], width: int, comments: CommentRule) -> Row | None:
    """The comment line right above the table whose words name its columns."""
    before = [row for row in rows if row.comment and values and row.end <= values[0].start]
    if not before:
        return None
    cells = header_cells(before[-1], comments.mark)
    if len(cells) == width + 1 and not cells[0]:
        # Blanks are the delimiter, and one stands behind the mark.
        cells = cells[1:]
        before[-1] = replace(before[-1], cells=[comments.mark + cells[0], *cells[1:]])
    good = len(cells) == width and width > 1 and all(cell.strip() and not is_typed(cell) for cell in cells)
    return before[-1] if good else None


def _rules(rows: Sequence[Row], lines: Sequence[str], width: int) -> list[Row]:
    """The records that are drawn lines: of another width, or among the first ones."""
    found = []
    for at, row in enumerate(rows):
        of_cells = at < 5 and all(_RULE_CELL.fullmatch(cell.strip()) for cell in row.cells if cell.strip())
        if of_cells or ((len(row.cells) != width or width == 1) and is_rule(lines[row.start])):
            found.append(row)
    return found


def _account(rows: Sequence[Row], taken: dict[int, str], lines: Sequence[str], first: int) -> LineCounts:
    """What each of these lines was taken for."""
    counts = dict.fromkeys(("comments", "separators", "preamble", "units", "header", "continued"), 0)
    counts["preamble"] += min(first, len(lines))
    covered = first
    for row in rows:
        if row.end > len(lines):
            break
        # A record begins at its first line with something in it: empty ones stand before it.
        counts[taken.get(row.start, "preamble")] += 1
        counts["continued"] += row.end - row.start - 1
        covered += row.end - row.start
    return LineCounts().plus(**counts, empty=max(0, len(lines) - covered))


def _table_start(counts_of: Sequence[Sequence[str]], width: int, rows: Sequence[Row]) -> tuple[int, int]:
    """Where the table begins: the first row from which on most rows have its width, and that width."""
    counts = [len(cells) for cells in counts_of]
    widest = max(counts, default=0)
    if widest > width and counts[0] == widest and not any(is_typed(cell) for cell in rows[0].cells):
        # Most rows lack their last fields, and the header names them all.
        return 0, widest
    for start, count in enumerate(counts):
        following = counts[start + 1 : start + 11]
        same = sum(c == width for c in following) >= 0.5 * len(following)
        if count == width and same:
            return (start - 1, max(width, counts[start - 1])) if _names_above(rows, start, width) else (start, width)
    return 0, width


def _names_above(rows: Sequence[Row], start: int, width: int) -> bool:
    """Whether the record above is a header with one name too few, as R writes it, or another number than most rows."""
    if not start or rows[start - 1].end != rows[start].start:
        return False
    above = rows[start - 1].cells
    if len(above) < 2 or any(is_typed(cell) for cell in above):
        return False
    typed = any(map(is_typed, rows[start].cells))
    return len(above) in (width - 1,) or len(above) > width or (typed and len(above) >= 0.5 * width)
