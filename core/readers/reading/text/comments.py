"""Decides which lines are comments: those that no row of the table explains better."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from core.readers.reading.cells import is_blank, is_typed

MARKS = ("#", "//", "%", ";")
_MOSTLY = 0.95
_FEW = 0.1
_HEADS = 5


@dataclass(frozen=True)
class Row:
    """A record among a file's first lines."""

    cells: list[str]
    start: int
    """Number of the line where it begins, from 0."""
    end: int
    """Number of the line after it."""
    comment: bool = False

    @property
    def begins(self) -> str:
        """The text that it begins with."""
        return self.cells[0].lstrip()


@dataclass(frozen=True)
class CommentRule:
    """When a line that begins with a mark is a comment."""

    mark: str
    width: int
    typed: frozenset[int]
    """The places of the columns that hold numbers or dates."""
    marks_begin_values: bool
    """Whether there are rows whose first value begins with the mark."""

    def holds(self, cells: Sequence[str]) -> bool:
        """Whether a line with these fields, the first of which begins with the mark, is a comment.

        A line of another width is one, unless values begin with the mark, so that it is a row with too many or too few
        fields. A line of the table's width is one when it has words where the table has numbers.
        """
        if len(cells) != self.width:
            alone = len(cells) == 1 and cells[0].lstrip()[len(self.mark) :][:1].isspace()
            return not self.marks_begin_values or alone
        if any(not is_blank(cells[at]) and not is_typed(cells[at]) for at in self.typed if at):
            return True
        return 0 in self.typed


def unmarked(rows: Sequence[Row], delimiter: str) -> list[Row]:
    """The rows that begin with no mark of a comment; all of them where most do, so that it says nothing."""
    marks = marks_for(delimiter)
    plain = [row for row in rows if not row.begins.startswith(marks)]
    return plain if len(plain) >= 0.2 * len(rows) else list(rows)


def marks_for(delimiter: str) -> tuple[str, ...]:
    """The marks of comments beside this delimiter."""
    return tuple(mark for mark in MARKS if mark != delimiter)


def find_comments(rows: Sequence[Row], width: int, delimiter: str) -> tuple[CommentRule | None, list[Row]]:
    """The rule of a file's comments, None without any, and the rows with those marked that are comments."""
    for mark in marks_for(delimiter):
        marked = [row for row in rows if row.begins.startswith(mark)]
        others = [row for row in rows if not row.begins.startswith(mark)]
        if not marked or (not others and width == 1):
            continue
        rule = _rule(mark, marked, others, width)
        judged = [replace(row, comment=row.begins.startswith(mark) and rule.holds(row.cells)) for row in rows]
        judged = _leading(judged, mark, width)
        if any(row.comment for row in judged):
            return rule, judged
    return None, list(rows)


def _rule(mark: str, marked: Sequence[Row], others: Sequence[Row], width: int) -> CommentRule:
    typed = typed_columns(second_half(others or marked, width), width)
    rule = CommentRule(mark, width, typed - {0}, False)
    values = [row for row in marked if len(row.cells) == width and not rule.holds(row.cells)]
    if 0 in typed and (width == 1 or len(values) <= _FEW * len(others)):
        # All others begin with a number: these few were commented out.
        return replace(rule, typed=typed)
    return replace(rule, marks_begin_values=bool(values))


def _leading(rows: list[Row], mark: str, width: int) -> list[Row]:
    """Lines of another width above the first row of the table are comments, whatever values begin with."""
    first = next((at for at, row in enumerate(rows) if len(row.cells) == width and not row.comment), 0)
    above = [replace(row, comment=row.begins.startswith(mark)) for row in rows[:first]]
    if width == 1 and not any(row.comment for row in rows):
        # One column of words: only a block of marked lines at the top can be told from values.
        first = next((at for at, row in enumerate(rows) if not row.begins.startswith(mark)), 0)
        later = any(row.begins.startswith(mark) for row in rows[first:])
        above = [replace(row, comment=not later) for row in rows[:first]]
    return [*above, *rows[first:]]


def second_half(rows: Sequence[Row], width: int) -> list[list[str]]:
    """The fields of the later rows of this width, where no title or header is among them."""
    heads = [row.cells for row in rows[:_HEADS] if not any(map(is_typed, row.cells))]
    # Files put one behind the other repeat their header.
    fitting = [row.cells for row in rows if len(row.cells) == width and row.cells not in heads]
    return fitting[len(fitting) // 2 :][:500]


def typed_columns(rows: Sequence[Sequence[str]], width: int) -> frozenset[int]:
    """The places of the columns in which nearly every value (or all but one) is a number or a date."""
    found = set()
    for place in range(width):
        values = [row[place] for row in rows if len(row) > place and not is_blank(row[place])]
        others = len(values) - sum(map(is_typed, values))
        if values and (others <= (1 - _MOSTLY) * len(values) or (others == 1 and len(values) > _HEADS)):
            found.add(place)
    return frozenset(found)


Cells = Callable[[str], list[str]]
"""Splits one line into its fields."""
