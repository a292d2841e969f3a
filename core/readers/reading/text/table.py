"""Finds where the table begins among a text file's first lines: what stands above it, its header, its units."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from core.readers.reading.cells import is_blank, is_typed
from core.readers.reading.options import ReadOptions
from core.readers.reading.report import shortened
from core.readers.reading.text.comments import CommentRule, Row
from core.readers.reading.text.lines import LineCounts
from core.readers.reading.text.records import NO_HEADER, Records

_RULE = re.compile(r"[ \t|+:,;*-]*(-{3,}|={3,}|_{3,}|\*{3,})[ \t|+:,;=_*-]*")
_RULE_CELL = re.compile(r":?[-=]{2,}:?")
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
    rules: tuple[tuple[str, ...], ...] = ()
    """Drawn lines with a field for each column."""
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
    layout = Records(body, width, options)
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
    fields = max((len(row.cells) for row in values), default=0)
    if values and layout.names is not None and len(layout.names) == fields + 1 and not layout.names[-1].strip():
        notes.append("The header ends in a delimiter, which the rows do not; no column was made of it.")
        layout.names = layout.names[:-1]
        layout.width = min(layout.width, fields)
    width = max(layout.width, len(layout.names or ()))
    again = layout.headers_again(values)
    if again.others:
        notes.append(
            f"Line {again.others[0].start + 1:,} looks like the header of another table and was read as a row: "
            f"{shortened(', '.join(again.others[0].cells))!r}. If it is one, cut the file in two there."
        )
    headings = [header] if header is not None and not header.comment else []
    table = TableLayout(
        names=tuple(layout.names) if layout.names is not None else None,
        width=width,
        first_line=first_line,
        headings=tuple(dict.fromkeys(tuple(row.cells) for row in (*headings, *again.same, *layout.units))),
        rules=tuple(dict.fromkeys(tuple(row.cells) for row in rules if len(row.cells) == width)),
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
    # Behind the mark alone stands a first column without a name.
    named = cells[1:] if width > 2 and not cells[0] else cells
    good = len(cells) == width and width > 1 and all(cell.strip() and not is_typed(cell) for cell in named)
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
