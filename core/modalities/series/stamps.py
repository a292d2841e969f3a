"""The order of moments: read from a time column, sorted, and cut into stretches where time jumps or a series ends.

Nothing that is done to stamps is silent: each decision is a sentence in :attr:`Order.notes`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from core.errors import DataError
from core.words import amount, plural

if TYPE_CHECKING:
    from core.index.schema import Schema
    from core.index.table import Table

DUPLICATES = ("mean", "first", "keep")
GAPS = ("cut", "keep")
_REGULAR = 0.5
"""Share of the steps within a tenth of the middle one from which a series is regular."""
_GAP, _GAP_IRREGULAR = 3.5, 100.0
"""A step of more than so many middle ones is a gap."""
_UNITS = (("day", 86_400.0), ("hour", 3_600.0), ("minute", 60.0), ("second", 1.0))


@dataclass(frozen=True)
class Order:
    """The moments of a table in their order."""

    rows: NDArray[np.int64]
    """The row of each moment; of several with one stamp the first."""
    seconds: NDArray[np.float64]
    """When each moment was: seconds since 1970, a number, or its place where nothing tells it."""
    kind: str
    """What ``seconds`` are: "time", "number" or "order"."""
    spans: NDArray[np.int64]
    """The stretches, shape (stretches, 2): a series that ends, a jump in time, or another part begins a new one."""
    series: NDArray[np.int64]
    """The place in ``names`` of each stretch's series."""
    names: tuple[str, ...]
    step: float
    """The middle step between moments."""
    merged: tuple[NDArray[np.int64], NDArray[np.int64]] | None
    """All rows in order, and the moment of each, where several rows are one moment."""
    notes: tuple[str, ...]


def order_of(
    table: Table,
    schema: Schema,
    *,
    time: str = "",
    group: str = "",
    duplicates: str = "mean",
    gaps: str = "cut",
    gap: float = 0.0,
) -> Order:
    """The moments of a table in their order.

    Parameters
    ----------
    table, schema
        The rows, and what is known of their columns.
    time
        The column of stamps; empty where the rows are in the order of time.
    group
        The column that names the series; empty where there is one.
    duplicates
        What becomes of rows with one stamp: "mean" of them, the "first", or "keep" all.
    gaps
        Whether no window runs over a gap ("cut"), or gaps are no different from steps ("keep").
    gap
        The step beyond which it is a gap, in seconds or the unit of the numbers; found by default.

    Raises
    ------
    DataError
        When no stamp can be read, or all are the same.
    """
    notes: list[str] = []
    seconds, kind = _times(table, schema, time, notes)
    codes, names = _groups(table, group)
    rows = np.arange(table.rows, dtype=np.int64)
    known = ~np.isnan(seconds)
    if not known.all():
        if not known.any():
            raise DataError(f"No stamp in {time!r} can be read as a time. Choose another column for the time.")
        notes.append(f"{plural(int((~known).sum()), 'row')} without a stamp in {time!r} left out.")
        rows = rows[known]
    rows = _sorted(rows, seconds, codes, notes, time)
    ordered, own = seconds[rows], codes[rows]
    same = np.concatenate([[False], (np.diff(ordered) == 0) & (np.diff(own) == 0)])
    merged = None
    if kind != "order" and same.any():
        if len(rows) > 1 and not (~same[1:]).any():
            raise DataError(
                f"All {len(rows):,} rows have the same stamp in {time!r}, so that they have no order in time. Choose "
                "another column for the time, or none where the rows are in order."
            )
        notes.append(_repeated(same, duplicates, time))
        if duplicates != "keep":
            first = ~same
            merged = (rows, np.cumsum(first) - 1) if duplicates == "mean" else None
            rows, ordered, own = rows[first], ordered[first], own[first]
    return _cut(rows, ordered, own, kind, names, merged, gaps, gap, notes)


def span_words(seconds: float) -> str:
    """A length of time as a person says it: "5 minutes"."""
    for unit, size in _UNITS:
        if seconds >= size:
            return plural_amount(seconds / size, unit)
    return f"{amount(seconds * 1000)} milliseconds"


def plural_amount(value: float, noun: str) -> str:
    """A number, whole or not, with its noun: "1 day", "2.5 hours"."""
    text = amount(round(value, 2))
    return f"{text} {noun}" if text == "1" else f"{text} {noun}s"


def _times(table: Table, schema: Schema, time: str, notes: list[str]) -> tuple[NDArray[np.float64], str]:
    from core.index.dates import to_seconds
    from core.index.table import quoted

    if not time:
        return np.arange(table.rows, dtype=np.float64), "order"
    column = schema.column(time)
    if column.type == "datetime":
        return table.numbers(f"epoch_us({quoted(time)})") * 1e-6, "time"
    values = table.frame([time])[time]
    if column.kind == "datetime":
        if column.unit in ("s", "ms", "us", "ns"):
            notes.append(f"The numbers of {time!r} are read as {_EPOCH[column.unit]} since 1970.")
        return to_seconds(values, column.unit), "time"
    if column.type in ("integer", "float"):
        return values.to_numpy(np.float64, na_value=np.nan), "number"
    raise DataError(f"The column {time!r} holds no times: {column.kind_reason} Choose another column for the time.")


_EPOCH = {"s": "seconds", "ms": "milliseconds", "us": "microseconds", "ns": "nanoseconds"}


def _groups(table: Table, group: str) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    if not group:
        return np.zeros(table.rows, dtype=np.int64), ("",)
    import pandas as pd

    values = table.query(f"SELECT {table.key(group)} AS value FROM data")["value"]
    codes, levels = pd.factorize(values, use_na_sentinel=False)
    return codes.astype(np.int64), tuple("(none)" if pd.isna(level) else str(level) for level in levels)


def _sorted(
    rows: NDArray[np.int64], seconds: NDArray[np.float64], codes: NDArray[np.int64], notes: list[str], time: str
) -> NDArray[np.int64]:
    own, at = codes[rows], seconds[rows]
    apart = np.diff(own)
    back = (apart == 0) & (np.diff(at) < 0)
    if not back.any() and not (apart < 0).any():
        return rows
    if disordered := int(back.sum()):
        notes.append(f"The rows were put in the order of {time!r}: {plural(disordered, 'row')} came before its time.")
    return rows[np.lexsort((at, own))]


def _repeated(same: NDArray[np.bool_], duplicates: str, time: str) -> str:
    became = {
        "mean": "Of each stamp the mean is taken, of texts the first.",
        "first": "Of each stamp the first row is taken.",
        "keep": "All are kept, one after the other.",
    }
    return f"{plural(int(same.sum()), 'row')} repeat a stamp of {time!r}. {became[duplicates]}"


def _cut(
    rows: NDArray[np.int64],
    seconds: NDArray[np.float64],
    own: NDArray[np.int64],
    kind: str,
    names: tuple[str, ...],
    merged: tuple[NDArray[np.int64], NDArray[np.int64]] | None,
    gaps: str,
    gap: float,
    notes: list[str],
) -> Order:
    new_series = np.diff(own) != 0
    steps = np.diff(seconds)
    within = steps[~new_series & (steps > 0)]
    step = float(np.median(within)) if len(within) else 1.0
    words: Callable[[float], str] = span_words if kind == "time" else amount
    cut = new_series
    if kind != "order" and len(within):
        regular = float(np.mean(np.abs(within - step) <= 0.1 * step)) >= _REGULAR
        limit = gap or (_GAP if regular else _GAP_IRREGULAR) * step
        jumps = ~new_series & (steps > limit)
        how = "apart" if regular else "apart in the middle, at irregular steps, which are kept"
        notes.append(f"The moments are {words(step)} {how}.")
        if found := int(jumps.sum()):
            longest = words(float(steps[jumps].max()))
            done = "no window runs over one" if gaps == "cut" else "they are kept, as chosen"
            notes.append(f"{plural(found, 'gap')} of more than {words(limit)}, the longest of {longest}: {done}.")
            cut = cut | jumps if gaps == "cut" else cut
    starts = np.concatenate([[0], np.flatnonzero(cut) + 1]).astype(np.int64)
    spans = np.stack([starts, np.append(starts[1:], len(rows))], axis=1)
    series: Any = own[starts]
    return Order(rows, seconds, kind, spans, series, names, step, merged, tuple(notes))
