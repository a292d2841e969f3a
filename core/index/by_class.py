"""One column's values counted apart for normal rows, anomalies and rows of unknown label."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.index.labels import read_labels

if TYPE_CHECKING:
    import pandas as pd

    from core.index.profile import ColumnProfile
    from core.index.schema import Schema
    from core.index.table import Table

CLASSES = (("normal", 0), ("anomaly", 1), ("unknown", -1))
SAMPLE_ROWS = 100_000


@dataclass(frozen=True)
class ByClass:
    """How often each bin, or each level, occurs in each class that has rows."""

    counts: dict[str, tuple[int, ...]]
    """normal, anomaly, unknown -> a count per bin or level, as the column's profile has them."""
    rows: dict[str, int]
    """normal, anomaly, unknown -> rows that were looked at."""
    sampled: bool


def count_by_class(table: Table, schema: Schema, column: ColumnProfile, seed: int = 0) -> ByClass:
    """Count the bins (or the levels) of a column's profile by class.

    Of large tables a seeded sample is counted that holds as many anomalies as it can, because a fair sample of rare
    anomalies would show none: compare shapes, not heights.
    """
    labels = read_labels(table, schema)
    rows = _sample(labels, seed)
    values = table.frame([column.name], rows if len(rows) < len(labels) else None)[column.name]
    shown = labels[rows]
    places, size = _level_places(values, column) if column.levels else _bin_places(values, column, schema)
    counts, seen = {}, {}
    for name, code in CLASSES:
        mine = shown == code
        if mine.any():
            inside = places[mine & (places >= 0)]
            counts[name] = tuple(int(n) for n in np.bincount(inside, minlength=size))
            seen[name] = int(mine.sum())
    return ByClass(counts, seen, len(rows) < len(labels))


def _sample(labels: NDArray[np.int8], seed: int) -> NDArray[np.int64]:
    if len(labels) <= SAMPLE_ROWS:
        return np.arange(len(labels), dtype=np.int64)
    rng = np.random.default_rng(seed)
    share = SAMPLE_ROWS // len(CLASSES)
    parts = [rng.permutation(np.flatnonzero(labels == code))[:share] for _, code in CLASSES]
    return np.sort(np.concatenate(parts)).astype(np.int64)


def _level_places(values: pd.Series, column: ColumnProfile) -> tuple[NDArray[np.int64], int]:
    import pandas as pd

    from core.index.schema import canonical

    places = {canonical(name): place for place, (name, _) in enumerate(column.levels)}
    codes, uniques = pd.factorize(values)
    # A missing value has the code -1, which picks the last place.
    place_of = np.array([*(places.get(canonical(value), -1) for value in uniques), -1], dtype=np.int64)
    return place_of[codes], len(column.levels)


def _bin_places(values: pd.Series, column: ColumnProfile, schema: Schema) -> tuple[NDArray[np.int64], int]:
    from core.index.dates import to_seconds
    from core.index.numbers import read_numbers

    known = schema.column(column.name)
    x = to_seconds(values, known.unit) if known.kind == "datetime" else read_numbers(values)
    return _bins(x, np.asarray(column.edges)), len(column.counts)


def _bins(x: NDArray[np.float64], edges: NDArray[np.float64]) -> NDArray[np.int64]:
    """The bin of each value, the last one closed to the right; -1 outside and for missing values."""
    if len(edges) < 2:
        return np.full(len(x), -1, dtype=np.int64)
    known = np.isfinite(x)
    places = np.searchsorted(edges, np.where(known, x, edges[0]), side="right") - 1
    places = np.where(x == edges[-1], len(edges) - 2, places)
    return np.where(known & (places >= 0) & (places < len(edges) - 1), places, -1).astype(np.int64)


__all__ = ["ByClass", "count_by_class"]
