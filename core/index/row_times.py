"""When each row was: by the column that tells the time, or by the rows' order where that is the order of time."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.errors import DataError
from core.index.dates import to_seconds
from core.index.filters import is_number, moment_of, seconds_of
from core.index.table import quoted
from core.words import amount

if TYPE_CHECKING:
    from core.index.schema import Schema
    from core.index.table import Table


@dataclass(frozen=True)
class RowTimes:
    """A place in time for each row."""

    kind: str
    """"time", in seconds since 1970, "number", or "order"."""
    column: str
    """Empty for the order of the rows."""
    values: NDArray[np.float64]
    """NaN where missing."""

    def between(self, low: float, high: float) -> NDArray[np.int64]:
        """The rows from one place up to but without another, ascending."""
        with np.errstate(invalid="ignore"):
            return np.flatnonzero((self.values >= low) & (self.values < high))

    def words(self, low: float, high: float) -> str:
        """A stretch of time as a person says it."""
        if self.kind == "order":
            return f"Rows {amount(low)} to {amount(high - 1)}"
        if self.kind == "number":
            return f"{self.column} from {amount(low)} to below {amount(high)}"
        first, last = (moment_of(end).replace("T", " ") for end in (low, high))
        if first.endswith(" 00:00:00") and last.endswith(" 00:00:00"):
            return f"{self.column} from {first[:10]} to before {last[:10]}"
        return f"{self.column} from {first.removesuffix(':00')} to before {last.removesuffix(':00')}"


def row_times(table: Table, schema: Schema, *, ordered: bool) -> RowTimes | None:
    """The places in time of a table's rows: eight bytes a row; None where nothing tells them.

    Parameters
    ----------
    table, schema
        The dataset. The column with the role "time" goes before other dates.
    ordered
        Whether the rows are in the order of time where no column tells it.
    """
    columns = [column for column in schema.columns if column.name in table.types]
    column = next((c for c in columns if c.role == "time" and (c.kind == "datetime" or is_number(c))), None)
    column = column or next((c for c in columns if c.kind == "datetime"), None)
    if column is None:
        return RowTimes("order", "", np.arange(table.rows, dtype=np.float64)) if ordered else None
    if column.type == "datetime":
        # Stored as moments, DuckDB counts their seconds several times as fast as pandas.
        micros = table.numbers(f"epoch_us({quoted(column.name)})")
        return RowTimes("time", column.name, micros * 1e-6)
    values = table.frame([column.name])[column.name]
    if column.kind == "datetime":
        return RowTimes("time", column.name, to_seconds(values, column.unit))
    return RowTimes("number", column.name, values.to_numpy(np.float64, na_value=np.nan))


def time_text(kind: str, time: float) -> str:
    """A place as an address has it: a moment in UTC, or a number."""
    return moment_of(time) if kind == "time" else f"{time:.12g}"


def time_of_text(kind: str, text: str) -> float:
    """The place that :func:`time_text` wrote; NaN where it makes no sense."""
    try:
        return seconds_of(text) if kind == "time" else float(text)
    except (DataError, ValueError):
        return math.nan
