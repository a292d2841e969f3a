"""Tells a text file's first records apart: titles above the table, its header, lines of units, its rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.readers.reading.cells import is_blank, is_typed, years
from core.readers.reading.options import ReadOptions
from core.readers.reading.report import shortened
from core.readers.reading.text.comments import Row, second_half, typed_columns
from core.readers.reading.text.header import all_units, header_of, placed_names
from core.readers.reading.words import DASHES

_LOOK_AT = 60
NO_HEADER = "There is no header: the columns were numbered."


@dataclass(frozen=True)
class HeadersAgain:
    """Headers among the rows."""

    same: Sequence[Row]
    others: Sequence[Row]


class Records:
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
            if not above and self._has_title(table):
                return start + 1, start + 2
            return (start, start + strange) if above else (start, start)
        values = start + strange
        run = self._run_before(values)
        if run == values:
            return start, start
        under = self.body[run + 1 : values]
        if any(len(row.cells) < self.width - 1 for row in under):
            return start, start  # a line of another kind, which is counted as such
        if under and not all_units([row.cells for row in under], self.typed) and not self._no_values(under):
            return start, start
        head = run if all_units([row.cells for row in under], self.typed) else self._fullest(run, values)
        return head, values

    def _has_title(self, table: Sequence[Row]) -> bool:
        """Whether a title with a number in it, as wide as the table, stands above the header."""
        if len(table) < 3 or len(self.typed) < 2 or self._fits(table[0]):
            return False
        words = [table[1].cells[at].strip() for at in self.typed if at < len(table[1].cells)]
        named = len(set(words)) == len(self.typed) and all(words) and self._is_strange(table[1])
        return named and any(map(is_typed, table[0].cells)) and self._fits(table[2])

    def headers_again(self, values: Sequence[Row]) -> HeadersAgain:
        """The rows that are headers once more: the same but for capitals, or others below an empty line."""
        same: list[Row] = []
        others: list[Row] = []
        names = [name.strip().lower() for name in self.header.cells] if self.header is not None else []
        for above, row, below in zip(values, values[1:], values[2:], strict=False):
            if not self._is_strange(row) or len(row.cells) != self.width:
                continue
            if [cell.strip().lower() for cell in row.cells] == names:
                same.append(row)
            elif row.start > above.end and self._fits(below) and all(cell.strip() for cell in row.cells):
                others.append(row)
        return HeadersAgain(same, others)

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
        if cells and len(set(cells)) < len(cells) and all(c.isdecimal() and int(c) in years() for c in cells):
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
