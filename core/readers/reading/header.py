"""Decides whether a table's first row names the columns."""

from __future__ import annotations

from collections.abc import Sequence

from core.readers.reading.cells import is_blank, is_number, is_typed, years

_LOOK_AT = 200


def header_of(rows: Sequence[Sequence[str]]) -> list[str] | None:
    """The first row where it is a header, else None.

    A header's cells are words above numbers or dates, or, in a table of words, words that do not appear again.
    """
    first = [cell.strip() for cell in rows[0]]
    below = rows[1 : _LOOK_AT + 1]
    if not below:
        return list(first) if all(cell and not is_typed(cell) for cell in first) else None
    if _is_count(first) or _are_years(first, below):
        return list(first)
    votes = 0.0
    offset = len(below[0]) - len(first) if len(below[0]) == len(first) + 1 else 0
    for place, name in enumerate(first):
        column = [row[place + offset].strip() for row in below if len(row) > place + offset]
        votes += _vote(name, [cell for cell in column if not is_blank(cell)])
    return list(first) if votes > 0 or (votes == 0 and _unlike_values(first)) else None


def is_units(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the row under the header holds units: words, above columns that are numbers from there on."""
    if len(rows) < 4:
        return False
    units, below = rows[1], rows[2:_LOOK_AT]
    if any(is_typed(cell) for cell in units):
        return False
    numeric = 0
    for place, unit in enumerate(units):
        column = [row[place] for row in below if len(row) > place and not is_blank(row[place])]
        if column and all(is_number(cell) for cell in column):
            if is_blank(unit) and unit.strip():
                return False
            numeric += bool(unit.strip())
    return numeric > 0


def _vote(name: str, column: list[str]) -> float:
    if not column:
        return 0.0
    typed = sum(is_typed(cell) for cell in column) / len(column)
    if is_typed(name):
        return -1.0
    if typed > 0.8:
        # A blank above numbers is a missing value as likely as the nameless index of a data frame.
        return 0.0 if is_blank(name) else 1.0
    if not name:
        return 0.0
    if name in column:
        return -1.0
    levels = len(set(column))
    # A few levels that come again and again, and the first row has none of them.
    return 0.5 if levels <= 0.5 * len(column) else 0.0


def _unlike_values(first: list[str]) -> bool:
    named = [cell for cell in first if cell]
    return len(set(named)) == len(named) and bool(named) and all(len(cell) <= 100 for cell in named)


def _is_count(first: list[str]) -> bool:
    """Whether the cells count the columns, as a data frame without names is written."""
    cells = first[1:] if first and not first[0] else first
    if not cells or not all(cell.isascii() and cell.isdigit() for cell in cells):
        return False
    numbers = [int(cell) for cell in cells]
    # ``0,1`` alone may as well be a row of values.
    enough = len(cells) > (3 if len(cells) == len(first) else 0)
    return enough and numbers in (list(range(len(cells))), list(range(1, len(cells) + 1)))


def _are_years(first: list[str], below: Sequence[Sequence[str]]) -> bool:
    """Whether words and a run of years head the columns: ``country, 2019, 2020, 2021``."""
    numbers = [int(cell) for cell in first if cell.isascii() and cell.isdigit()]
    words = [cell for cell in first if cell and not is_typed(cell)]
    run = len(numbers) > 1 and numbers == list(range(numbers[0], numbers[0] + len(numbers))) and numbers[0] in years()
    return run and bool(words) and len(words) + len(numbers) == len([c for c in first if c])
