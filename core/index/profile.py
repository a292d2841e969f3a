"""A dataset at a glance: how each column's values are spread, what is missing, and which numbers move together.

Counts, means and extremes are of all rows; medians, histograms and correlations of a seeded sample where there are many
rows, and the profile says so.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from core.index.table import Table, quoted
from core.metrics.ranks import average_ranks
from core.words import amount

if TYPE_CHECKING:
    import pandas as pd

    from core.index.schema import Column, Schema

SAMPLE_ROWS = 100_000
CORRELATION_ROWS = 10_000
_BINS = 40
_LEVELS = 20
_MOST_CORRELATED = 200
_NUMERIC = {"number", "boolean", "datetime"}


@dataclass(frozen=True)
class ColumnProfile:
    """How one column's values are spread. Dates are in seconds since 1970."""

    name: str
    kind: str
    role: str
    missing: float
    """Share of rows without a value."""
    distinct: int
    low: float | None = None
    high: float | None = None
    mean: float | None = None
    median: float | None = None
    std: float | None = None
    edges: tuple[float, ...] = ()
    """Bin edges of the histogram, one more than ``counts``; the middle of the values where the tails are long."""
    counts: tuple[int, ...] = ()
    below: int = 0
    """Values under the first edge."""
    above: int = 0
    """Values over the last edge."""
    levels: tuple[tuple[str, int], ...] = ()
    """The most frequent values with their counts."""
    other_levels: int = 0
    """How many more different values there are."""
    exact: tuple[str, str] = ("", "")
    """The smallest and the largest value with every digit, where these are whole numbers or decimals."""


@dataclass(frozen=True)
class Correlation:
    """How features that are numbers move together; None where one of them does not move."""

    columns: tuple[str, ...]
    pearson: tuple[tuple[float | None, ...], ...]
    spearman: tuple[tuple[float | None, ...], ...]
    rows: int
    left_out: int = 0
    """Further numeric features, for which there was no room."""


@dataclass(frozen=True)
class Profile:
    """The columns' distributions and the correlations of a dataset."""

    rows: int
    test_rows: int
    columns: tuple[ColumnProfile, ...]
    correlation: Correlation
    sampled: int
    """Rows that medians, histograms and most levels were taken from."""
    note: str
    """Which numbers come from a sample, as a sentence; empty when none do."""

    def column(self, name: str) -> ColumnProfile:
        """The profile of one column."""
        return next(column for column in self.columns if column.name == name)

    def to_dict(self) -> dict[str, Any]:
        """The profile as plain values that JSON can hold."""
        return asdict(self)


def profile(table: Table, schema: Schema, seed: int = 0) -> Profile:
    """Look at every column of a dataset.

    Parameters
    ----------
    table, schema
        The dataset.
    seed
        Decides which rows are sampled where there are more than ``SAMPLE_ROWS``.
    """
    rows = table.sample_rows(SAMPLE_ROWS, seed)
    sample = table.frame(rows=rows if len(rows) < table.rows else None)
    sampled = len(rows) < table.rows
    # Where the sample is everything, counting it again in SQL takes longer than all the rest.
    extremes = _extremes(table, [c for c in schema.columns if _is_numeric(c)]) if sampled else {}
    numbers = {c.name: _numbers(sample[c.name], c) for c in schema.columns if _is_numeric(c)}
    columns = []
    for column in schema.columns:
        if column.name in numbers:
            columns.append(_number_profile(column, numbers[column.name], extremes.get(column.name)))
        else:
            columns.append(_level_profile(column, sample[column.name]))
    exact = _exact_ends(table, [name for name in numbers if schema.column(name).kind != "datetime"])
    columns = [replace(one, exact=exact.get(one.name, one.exact)) for one in columns]
    correlation = _correlate([c for c in schema.features if c.name in numbers and c.kind != "datetime"], numbers)
    note = ""
    if sampled:
        note = f"Medians, histograms and correlations are of {len(rows):,} of the {table.rows:,} rows, drawn at random."
    return Profile(table.rows, table.test_rows, tuple(columns), correlation, len(rows), note)


def _is_numeric(column: Column) -> bool:
    return column.kind in _NUMERIC and not (column.kind == "boolean" and column.type == "text")


def _numbers(values: pd.Series, column: Column) -> NDArray[np.float64]:
    from core.index.dates import to_seconds
    from core.index.numbers import read_numbers

    return to_seconds(values, column.unit) if column.kind == "datetime" else read_numbers(values)


def _extremes(table: Table, columns: list[Column]) -> dict[str, tuple[float | None, ...]]:
    """Smallest, largest, mean and standard deviation of all rows, of the columns stored as numbers."""
    stored = [c for c in columns if c.type in {"integer", "float", "boolean"} and c.kind != "datetime"]
    found: dict[str, tuple[float | None, ...]] = {}
    for start in range(0, len(stored), 100):
        part = stored[start : start + 100]
        selected = []
        for column in part:
            x = f"CAST({quoted(column.name)} AS DOUBLE)"
            finite = f"FILTER (WHERE isfinite({x}))" if column.type == "float" else ""
            # DuckDB refuses a variance that is no float: numbers beyond 1e140 are left out of it.
            tame = f"FILTER (WHERE abs({x}) < 1e140)" if column.type == "float" else ""
            selected += [f"min({x}) {finite}", f"max({x}) {finite}", f"avg({x}) {tame}", f"stddev_pop({x}) {tame}"]
        answers = table.fetch(f"SELECT {', '.join(selected)} FROM data", columns=[column.name for column in part])[0]
        for i, column in enumerate(part):
            low, high, mean, std = answers[4 * i : 4 * i + 4]
            # DuckDB's threads add in any order: the last digits of a mean are not the same twice.
            found[column.name] = (_plain(low), _plain(high), _rounded(mean), _rounded(std))
    return found


def _exact_ends(table: Table, names: list[str]) -> dict[str, tuple[str, str]]:
    """The smallest and the largest value of the columns whose values have exact digits, as text."""
    whole = [name for name in names if table.has_exact_digits(name)]
    found: dict[str, tuple[str, str]] = {}
    for start in range(0, len(whole), 100):
        part = whole[start : start + 100]
        ends = ", ".join(f"CAST({f}({quoted(name)}) AS VARCHAR)" for name in part for f in ("min", "max"))
        answers = table.fetch(f"SELECT {ends} FROM data", columns=part)[0]
        for i, name in enumerate(part):
            if answers[2 * i] is not None:
                low, high = (amount(Decimal(end)) for end in answers[2 * i : 2 * i + 2])
                found[name] = low, high
    return found


def _number_profile(column: Column, x: NDArray[np.float64], extremes: tuple[float | None, ...] | None) -> ColumnProfile:
    x = x[np.isfinite(x)]
    if extremes is None:
        extremes = (x.min(), x.max(), x.mean(), x.std()) if len(x) else (None, None, None, None)
    low, high, mean, std = (_plain(value) for value in extremes)
    edges, counts, below, above = histogram(x)
    return ColumnProfile(
        column.name,
        column.kind,
        column.role,
        column.missing,
        column.levels,
        low,
        high,
        mean,
        _plain(np.median(x)) if len(x) else None,
        std,
        edges,
        counts,
        below,
        above,
        column.values[:_LEVELS] if column.kind == "boolean" else (),
    )


def _level_profile(column: Column, values: pd.Series) -> ColumnProfile:
    levels = column.values[:_LEVELS]
    if not levels and column.kind != "identifier":
        counted = values.dropna().astype(str).str.slice(0, 80).value_counts()
        ordered = sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))[:_LEVELS]
        levels = tuple((str(value), int(count)) for value, count in ordered)
    other = max(0, column.levels - len(levels))
    return ColumnProfile(
        column.name, column.kind, column.role, column.missing, column.levels, levels=levels, other_levels=other
    )


def histogram(x: NDArray[np.float64]) -> tuple[tuple[float, ...], tuple[int, ...], int, int]:
    """Bin edges and counts, and how many values lie under and over the edges.

    Few whole numbers get a bin each. Where the tails are more than ten times as wide as the middle 98 %, the bins cover
    that middle alone: a single far value would else leave one bar.
    """
    if not len(x):
        return (), (), 0, 0
    low, high = float(x.min()), float(x.max())
    inner_low, inner_high = (float(value) for value in np.quantile(x, [0.01, 0.99]))
    if inner_high > inner_low and high - low > 10 * (inner_high - inner_low):
        low, high = inner_low, inner_high
    whole = high - low <= _BINS - 1 and not np.mod(x, 1).any()
    if whole:
        edges = np.arange(np.floor(low), np.ceil(high) + 2) - 0.5
    elif high > low:
        edges = np.linspace(low, high, _BINS + 1)
    else:
        edges = np.array([low - 0.5, low + 0.5])
    if len(edges) < 2 or not (np.diff(edges) > 0).all():
        # So large that one more or less is no difference to a float.
        edges = np.array([np.nextafter(low, -np.inf), np.nextafter(high, np.inf)])
    counts, _ = np.histogram(x, edges)
    below, above = int((x < edges[0]).sum()), int((x > edges[-1]).sum())
    return tuple(edges.tolist()), tuple(counts.tolist()), below, above


def _correlate(columns: list[Column], numbers: dict[str, NDArray[np.float64]]) -> Correlation:
    """Pearson's and Spearman's coefficients; a missing value counts as the column's mean (rank)."""
    shown = columns[:_MOST_CORRELATED]
    if len(shown) < 2:
        return Correlation(tuple(c.name for c in shown), (), (), 0)
    rows = len(next(iter(numbers.values())))
    step = max(1, -(-rows // CORRELATION_ROWS))
    # The sample's rows are ascending: every step-th of them is as random as they are.
    x = np.column_stack([numbers[c.name][::step] for c in shown])
    return Correlation(
        tuple(c.name for c in shown),
        _coefficients(x),
        _coefficients(np.apply_along_axis(average_ranks, 0, x)),
        len(x),
        len(columns) - len(shown),
    )


def _coefficients(x: NDArray[np.float64]) -> tuple[tuple[float | None, ...], ...]:
    known = ~np.isnan(x)
    counts = np.maximum(known.sum(axis=0), 1)
    # Scaled first: squares of numbers beyond 1e154 are no floats.
    size = np.maximum(np.max(np.abs(np.where(known, x, 0.0)), axis=0), 1e-300)
    z = np.where(known, x, 0.0) / size
    z = np.where(known, z - z.sum(axis=0) / counts, 0.0)
    length = np.sqrt((z**2).sum(axis=0))
    moves = length > 1e-12 * np.sqrt(len(x))
    z = z / np.where(moves, length, 1.0)
    matrix = np.clip(z.T @ z, -1.0, 1.0)
    return tuple(
        tuple(round(float(value), 4) if moves[i] and moves[j] else None for j, value in enumerate(row))
        for i, row in enumerate(matrix)
    )


def _rounded(value: float | None) -> float | None:
    return None if value is None else _plain(float(f"{value:.13g}"))


def _plain(value: Any) -> float | None:
    return None if value is None or not np.isfinite(value) else float(value)


__all__ = ["ColumnProfile", "Correlation", "Profile", "histogram", "profile"]
