"""Decides whether a table's first row names the columns."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from core.readers.reading.cells import is_blank, is_number, is_typed, years

_LOOK_AT = 200
_MANY_UNITS = 0.3
_UNIT = re.compile(
    r"[\[(<{].{0,20}[\])>}]|[°º%‰$€£¥-]|[°º].{0,3}|%.{0,4}|--|n/?a|n\.a\.|"
    r"(k|m|c|d|µ|u|μ|n|h|M|G|T|hecto|kilo|milli|mega)?"
    r"(m|g|s|A|V|W|J|N|K|C|F|L|l|Pa|bar|Hz|Ohm|Ω|VA|var|Wh|eV|mol|cd|lx|lm|B|byte|bytes|bit|bits|T|S|Sv|Bq|rad)"
    r"([²³23])?([ */·^-]{1,2}(k|m|c|d|µ|u|n|h|M)?(m|g|s|h|min|L|l|A|V|W|K|C|mol|kg|day|d|a|yr|Hz)[²³23]?(-?[123])?)*|"
    r"(deg|degc|degf|deg ?c|deg ?f|degree|degrees|celsius|kelvin|fahrenheit|percent|ppm|ppb|ppt|rpm|psi|mmhg|inhg|in|"
    r"ft|mi|mph|kn|knots|lb|lbs|oz|gal|min|mins|minutes|hr|hrs|hours|h|sec|secs|seconds|day|days|d|week|weeks|month|"
    r"months|yr|year|years|ms|us|ns|utc|gmt|date|time|timestamp|datetime|yyyy.*|hh:mm.*|dd.mm.*|count|counts|number|"
    r"#|index|id|string|str|float|float64|double|int|int64|integer|bool|boolean|text|object|numeric|nominal|category|"
    r"usd|eur|gbp|chf|jpy|units?|unitless|dimensionless|none|db|dba|ph|ntu|psu|g/l|mg/l|ug/l|µg/l|ml/min|l/min|"
    r"km/h|kmh|m/s|µg/m3|ug/m3|mg/m3|w/m2|kwh|mwh|s/cm|ms/cm|us/cm|µs/cm|l/h|m3/h|nm3/h|kg/h|t/h|t)",
    re.IGNORECASE,
)
"""A unit of measurement, or what stands in its place: a kind of value, a sign for none."""
_WORDS = re.compile(r"[^\W\d_]+")
_COUNTS = {"id", "index", "key", "name", "no", "nr", "nummer", "number", "row", "num", "n", "sample", "case"}
_TIMES = {"date", "datum", "time", "zeit", "timestamp", "datetime", "day", "tag", "ts", "zeitstempel", "when"}


def header_of(rows: Sequence[Sequence[str]]) -> list[str] | None:
    """The first row where it is a header, else None.

    A header's cells are words above numbers or dates, or, in a table of words, words that do not appear again.
    """
    first = [cell.strip() for cell in rows[0]]
    below = [row for row in rows[1 : _LOOK_AT + 1] if list(row) != list(rows[0])]
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


def all_units(lines: Sequence[Sequence[str]], typed: Collection[int]) -> bool:
    """Whether lines under a header hold units: mostly known ones where the columns below hold numbers."""
    cells = [line[at].strip() for line in lines for at in typed if at < len(line) and not is_blank(line[at])]
    return bool(cells) and sum(_UNIT.fullmatch(cell) is not None for cell in cells) >= _MANY_UNITS * len(cells)


def placed_names(names: list[str], below: Sequence[Sequence[str]], width: int) -> tuple[list[str], str]:
    """A name for each column, empty for those without one, and a sentence where the header has too few.

    One name too few is how R writes a table whose first column names the rows. Any other header with too few names
    lacks the last ones.
    """
    lacking = width - len(names)
    if lacking <= 0:
        return names, ""
    filled = [row for row in below if row[-1].strip()]
    if lacking == 1 and below and not filled:
        return [*names, ""], ""
    if lacking == 1 and _are_row_names([row[0].strip() for row in below], names):
        note = "The header has one name too few; the first column was taken for the names of the rows."
        return ["row name", *names], note
    many = "one name" if lacking == 1 else f"{lacking:,} names"
    last = "the last column had none" if lacking == 1 else "the last columns had none"
    return [*names, *[""] * lacking], f"The header has {many} too few; {last}."


def _are_row_names(first: Sequence[str], names: Sequence[str]) -> bool:
    """Whether a first column without a name holds names or numbers of the rows: all different, numbers one by one."""
    if not first or len(set(first)) < len(first) or any(not value for value in first):
        return False
    words = set(_WORDS.findall(names[0].lower())) if names else set()
    if all(map(is_number, first)):
        numbers = [int(value) if value.isascii() and value.isdigit() else -1 for value in first]
        one_by_one = numbers == list(range(numbers[0], numbers[0] + len(numbers)))
        return one_by_one and not words & _COUNTS
    if all(map(is_typed, first)):
        return not words & _TIMES
    return not words & _COUNTS


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
