"""Filters of rows by their columns: conditions that all hold, as plain values that an address can carry.

A condition is checked against the table's schema, said in words, and answered by DuckDB over the stored Parquet: no
column is held in memory. Knows nothing of scores.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from core.errors import DataError
from core.index.dates import to_seconds
from core.index.table import ROW, Table, quoted
from core.words import amount

if TYPE_CHECKING:
    from core.index.schema import Column, Schema

OPERATORS = {
    "is": "is",
    "not": "is not",
    "between": "is between",
    "contains": "contains",
    "missing": "is missing",
    "present": "is not missing",
}
"""What a condition can ask, and its words."""
MOST = 12
"""Conditions that hold together, at most."""
MOST_VALUES = 50
"""Values that one condition names, at most."""
_LONGEST = 400
_LARGEST = Decimal(10) ** 37
"""No column holds larger numbers than this exactly."""
_NAMED = 3


@dataclass(frozen=True)
class Condition:
    """What is asked of one column.

    ``values`` are texts for "is", "not" (any of them) and "contains" (one), and the two ends of "between", each a
    number (a text where a float would lose its digits), for a date a text such as ``2026-01-05T12:00:00``, or None for
    an open end.
    """

    column: str
    operator: str
    values: tuple[str | float | None, ...] = ()

    def to_list(self) -> list[Any]:
        """Plain values that JSON can hold."""
        return [self.column, self.operator, *self.values]

    @property
    def words(self) -> str:
        """The condition as a person says it."""
        if self.operator in ("missing", "present"):
            return f"{self.column} {OPERATORS[self.operator]}"
        if self.operator == "between":
            low, high = (_shown(end) for end in self.values)
            if not low or not high:
                return f"{self.column} at least {low}" if low else f"{self.column} at most {high}"
            return f"{self.column} is {low}" if low == high else f"{self.column} from {low} to {high}"
        named = ", ".join(_clipped(str(value)) for value in self.values[:_NAMED])
        more = f" and {len(self.values) - _NAMED} more" if len(self.values) > _NAMED else ""
        return f"{self.column} {OPERATORS[self.operator]} {named}{more}"


def operators(column: Column) -> tuple[str, ...]:
    """What can be asked of a column."""
    blanks = ("missing", "present") if column.missing else ()
    if is_date(column):
        return ("between", *blanks)
    if is_number(column):
        return ("between", *(("is", "not") if column.values else ()), *blanks)
    # Where all values are known they are chosen; else a part of the text is typed.
    return (("is", "not") if column.values else ("contains", "is", "not")) + blanks


def is_number(column: Column) -> bool:
    """Whether a column's values are numbers that have an order."""
    return column.type in ("integer", "float") and column.kind in ("number", "integer code", "identifier", "constant")


def is_date(column: Column) -> bool:
    """Whether a column's values are moments."""
    return column.kind == "datetime" or column.type == "datetime"


def condition(listed: Any, schema: Schema) -> Condition:
    """A condition from plain values, checked.

    Parameters
    ----------
    listed
        Column, operator and values, as :meth:`Condition.to_list` has them.
    schema
        The columns that there are.

    Raises
    ------
    DataError
        For a column or an operator that is not there, and for values that make no sense, with what to do instead.
    """
    if not isinstance(listed, list) or len(listed) < 2 or not all(isinstance(part, str) for part in listed[:2]):
        raise DataError("A filter must name a column and what is asked of it. Take it away and add it again.")
    name, operator, *values = listed
    column = schema.column(name)
    if operator not in OPERATORS:
        raise DataError(f"“{name}” can be asked: {', '.join(OPERATORS)}. Got {operator!r}. Choose one of them.")
    if operator in ("missing", "present"):
        return Condition(name, operator)
    if operator == "between":
        return Condition(name, operator, _ends(column, values))
    texts = tuple(dict.fromkeys(str(value).strip() for value in values if value is not None and str(value).strip()))
    if not texts:
        what = "a part of its text" if operator == "contains" else "at least one value"
        raise DataError(f"A filter of “{name}” needs {what}. Choose one.")
    if len(texts) > MOST_VALUES or any(len(text) > _LONGEST for text in texts):
        raise DataError(f"A filter of “{name}” may name {MOST_VALUES} values of {_LONGEST} letters. Choose fewer.")
    return Condition(name, operator, texts[:1] if operator == "contains" else texts)


def rows_where(table: Table, schema: Schema, conditions: Sequence[Condition]) -> NDArray[np.int64]:
    """The numbers of the rows for which all conditions hold, ascending.

    Raises
    ------
    DataError
        When a column is gone or a file is missing.
    """
    clauses, values, dates = [], [], []
    for one in conditions:
        if one.column not in table.types:
            raise DataError(f"There is no column {one.column!r} any more. Take its filter away.")
        if one.operator == "between" and is_date(schema.column(one.column)):
            dates.append(one)
            continue
        sql, more = _sql(table, one)
        clauses.append(sql)
        values += more
    where = f"WHERE {' AND '.join(clauses)}" if clauses else ""
    found: NDArray[np.int64] = np.sort(table.query(f"SELECT {ROW} FROM data {where}", values)[ROW].to_numpy(np.int64))
    for one in dates:
        column = schema.column(one.column)
        # Dates are read as the networks read them, whatever they are stored as.
        moments = to_seconds(table.frame([one.column])[one.column], column.unit)[found]
        low, high = (math.nan if end is None else seconds_of(str(end)) for end in one.values)
        found = found[~((moments < low) | (moments > high) | np.isnan(moments))]
    return found


def seconds_of(text: str) -> float:
    """Seconds since 1970 of a moment such as ``2026-01-05`` or ``2026-01-05T12:00``, read as UTC.

    Raises
    ------
    DataError
        When it is none.
    """
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError as problem:
        raise DataError(f"A moment is written 2026-01-05 or 2026-01-05 12:00. Got {text.strip()!r}.") from problem
    return (moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment).timestamp()


def moment_of(seconds: float) -> str:
    """A moment in UTC as :func:`seconds_of` reads it."""
    return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None).isoformat()


def _ends(column: Column, values: Sequence[Any]) -> tuple[str | float | None, ...]:
    if len(values) != 2:
        raise DataError(f"A range of “{column.name}” has two ends, of which one may be open. Got {len(values)}.")
    ends = tuple(_end(column, value) for value in values)
    if ends == (None, None):
        raise DataError(f"A range of “{column.name}” needs a lower or an upper end. Type one.")
    if None not in ends:
        low, high = (seconds_of(str(end)) if is_date(column) else Decimal(str(end)) for end in ends)
        if low > high:
            raise DataError(
                f"The lower end of “{column.name}” must not be above the upper one. Got {_shown(ends[0])} and "
                f"{_shown(ends[1])}. Swap them."
            )
    return ends


def _end(column: Column, value: Any) -> str | float | None:
    if value is None or not str(value).strip():
        return None
    if is_date(column):
        return moment_of(seconds_of(str(value)))
    if not is_number(column):
        raise DataError(f"“{column.name}” is {column.kind}, which has no range. Choose values instead.")
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        number = Decimal("nan")
    if not number.is_finite() or not math.isfinite(float(number)):
        raise DataError(f"A range of “{column.name}” needs numbers. Got {str(value)!r}. Type one such as 10 or 0.5.")
    # As a plain number where it loses nothing: an address and JSON carry it then.
    if abs(number) >= _LARGEST:
        return float(number)
    if number == number.to_integral_value():
        return int(number)
    return float(number) if Decimal(repr(float(number))) == number else str(number)


def _sql(table: Table, one: Condition) -> tuple[str, list[Any]]:
    key, name = table.key(one.column), quoted(one.column)
    if one.operator == "missing":
        return f"{key} IS NULL", []
    if one.operator == "present":
        return f"{key} IS NOT NULL", []
    if one.operator == "contains":
        return f"contains(lower({key}), lower(?))", [str(one.values[0])]
    if one.operator == "between":
        ends = [(sign, end) for sign, end in zip((">=", "<="), one.values, strict=True) if end is not None]
        return " AND ".join(f"{name} {sign} ?" for sign, _ in ends), [
            # Of an integer beyond 64 bits DuckDB would make a float.
            end if isinstance(end, float) else Decimal(end)
            for _, end in ends
        ]
    listed = f"{key} IN ({', '.join('?' for _ in one.values)})"
    # A blank is none of the values.
    return (listed if one.operator == "is" else f"({key} IS NULL OR NOT {listed})"), [str(v) for v in one.values]


def _shown(end: str | float | None) -> str:
    if end is None:
        return ""
    return end.replace("T", " ").removesuffix(":00") if isinstance(end, str) else amount(end)


def _clipped(text: str, most: int = 40) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
