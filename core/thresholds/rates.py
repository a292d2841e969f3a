"""How many rows of a dataset come in a day, by each column that tells the time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from core.index.schema import Schema
    from core.index.table import Table

LOOKED_AT = 20_000
"""Rows whose time is read; of more, so many drawn at random, and the ends of the file."""
_ENDS = 500
_DAY = 86_400.0


def rows_per_day(table: Table, schema: Schema) -> dict[str, float]:
    """Rows a day between the earliest and the latest time of each date column, that of the role "time" first."""
    from core.index.dates import to_seconds

    columns = [column for column in schema.columns if column.kind == "datetime" and column.name in table.columns]
    columns.sort(key=lambda column: column.role != "time")
    ends = np.r_[0 : min(_ENDS, table.rows), max(0, table.rows - _ENDS) : table.rows]
    rows = np.union1d(table.sample_rows(LOOKED_AT), ends)
    rates = {}
    for column in columns:
        seconds = to_seconds(table.frame([column.name], rows=rows)[column.name], column.unit)
        known = seconds[np.isfinite(seconds)]
        if known.size and (span := float(known.max() - known.min())) > 0:
            rates[column.name] = table.rows / (span / _DAY)
    return rates
