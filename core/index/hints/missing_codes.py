"""Numbers that may stand for a missing value: -200 among positive ones, 9999 far above all others.

A number is pointed out where it looks like a code, occurs several times to the last digit, and lies apart from all
other values of its column. A single 9999 is an anomaly rather than a code, and 99 among ages is an age.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.index.table import quoted

if TYPE_CHECKING:
    from core.index.schema import Schema
    from core.index.table import Table

_LOOKS_LIKE_CODE = re.compile(r"-?(9{2,}|8{3,}|7{3,}|9+\.9+|9{2,}\.25)|-1|-9|-(1|2|5)00|-1000|-(32768|2147483648)")
_LIMITS = {32767.0, 65535.0, 2147483647.0, 4294967295.0, 1e20, -1e20, 1e30, -1e30}
_FEWEST = 3
_SHARE = 5e-4
"""Of the rows, that hold the code at least."""
_DISTINCT = 8
"""Fewer other values than this are names, such as -1, 0 and 1."""
_MOST_CODES = 3
"""In one column: 997, 998 and 999 of a questionnaire."""
_COLUMNS_PER_QUERY = 100


@dataclass(frozen=True)
class MissingCode:
    """A number that may stand for a missing value."""

    word: str
    """As it is written, ``-200``."""
    columns: tuple[str, ...]
    """Where it lies apart from all other values."""
    rows: tuple[int, ...]
    """How many rows of each of these columns hold it."""
    elsewhere: int = 0
    """How many cells of other columns hold it, among values that it is one of."""


def missing_codes(table: Table, schema: Schema) -> tuple[MissingCode, ...]:
    """The numbers of a table's features that may stand for a missing value, the one in most columns first."""
    numbers = [c.name for c in schema.features if c.type in {"integer", "float"} and c.kind in {"number", "constant"}]
    found: dict[float, dict[str, int]] = {}
    left = {name: _Column(name) for name in numbers}
    for _ in range(_MOST_CODES):
        suspects = _suspects(table, left)
        if not suspects:
            break
        left = {}
        for column, code, count in suspects:
            found.setdefault(code, {})[column.name] = count
            left[column.name] = _Column(column.name, (*column.codes, code))
    codes = []
    for code, counts in sorted(found.items(), key=lambda item: (-len(item[1]), item[0])):
        others = _elsewhere(table, [name for name in numbers if name not in counts], code)
        codes.append(MissingCode(_word(code), tuple(counts), tuple(counts.values()), others))
    return tuple(codes)


@dataclass(frozen=True)
class _Column:
    """A column, and the codes that were found in it."""

    name: str
    codes: tuple[float, ...] = ()

    def may_be(self, value: float) -> bool:
        """Whether a number is written as codes are, or stands beside one: 98 beside 99."""
        return _is_like(value) or any(abs(value - code) == 1 and abs(code) > 9 for code in self.codes)

    @property
    def value(self) -> str:
        """The SQL of its values without those codes."""
        x = f"CAST({quoted(self.name)} AS DOUBLE)"
        return f"CASE WHEN {x} NOT IN ({', '.join(map(repr, self.codes))}) THEN {x} END" if self.codes else x


def _suspects(table: Table, columns: dict[str, _Column]) -> list[tuple[_Column, float, int]]:
    """Of each column the lowest or highest value, where that may be a code; with the rows that hold it."""
    ends: list[tuple[_Column, float]] = []
    names = list(columns)
    for start in range(0, len(names), _COLUMNS_PER_QUERY):
        part = [columns[name] for name in names[start : start + _COLUMNS_PER_QUERY]]
        asked = ", ".join(f"min({c.value}), max({c.value})" for c in part)
        answers = table.fetch(f"SELECT {asked} FROM data", columns=[c.name for c in part])[0]
        for place, column in enumerate(part):
            ends += [
                (column, end) for end in answers[2 * place : 2 * place + 2] if end is not None and column.may_be(end)
            ]
    suspects = []
    for column, code in ends:
        x = f"({column.value})"
        # 98 and 99 stand beside each other, and apart from all others.
        family = ", ".join(repr(code - step if code > 0 else code + step) for step in range(_MOST_CODES))
        rest = f"FILTER (WHERE {x} NOT IN ({family}))"
        count, low, high, distinct, filled = table.fetch(
            f"SELECT count_if({x} = {code!r}), min({x}) {rest}, max({x}) {rest}, approx_count_distinct({x}) {rest}, "
            f"count({x}) FROM data",
            columns=[column.name],
        )[0]
        often = count >= max(_FEWEST, _SHARE * filled)
        if low is not None and often and distinct >= _DISTINCT and _is_apart(code, low, high):
            suspects.append((column, code, int(count)))
    # One end a round: the other may be within the rest once this one is gone.
    return list({column.name: (column, code, count) for column, code, count in suspects}.values())


def _is_like(value: float) -> bool:
    """Whether a number is written as codes are: nines, round negative ones, the limits of computers."""
    return value in _LIMITS or _LOOKS_LIKE_CODE.fullmatch(_word(value)) is not None


def _is_apart(code: float, low: float, high: float) -> bool:
    """Whether a code lies outside of where all other values lie."""
    if code < low:
        return low >= 0 or low - code > high - low
    return code - high > max(high - low, abs(high))


def _elsewhere(table: Table, names: list[str], code: float) -> int:
    count = 0
    for start in range(0, len(names), _COLUMNS_PER_QUERY):
        part = names[start : start + _COLUMNS_PER_QUERY]
        asked = " + ".join(f"count_if(CAST({quoted(name)} AS DOUBLE) = {code!r})" for name in part)
        count += int(table.fetch(f"SELECT {asked} FROM data", columns=part)[0][0])
    return count


def _word(value: float) -> str:
    return str(int(value)) if float(value).is_integer() and abs(value) < 1e15 else repr(float(value))


def sentence(code: MissingCode) -> str:
    """What speaks for a code, in a sentence."""
    places = ", ".join(repr(name) for name in code.columns[:6])
    if len(code.columns) > 6:
        places += f" and {len(code.columns) - 6} more columns"
    rows, most = sum(code.rows), max(code.rows)
    where = f"{most:,} rows of {places}" if len(code.columns) == 1 else f"{rows:,} cells of {places}"
    text = f"{code.word} may stand for a missing value: {where} hold it, apart from all other values there."
    if code.elsewhere:
        text += f" Among the values of other columns {code.elsewhere:,} cells hold it, which would be missing too."
    return text
