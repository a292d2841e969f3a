"""Statistics of each column from one scan and a small sample, from which its kind and role are guessed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from core.index.table import Table, quoted

if TYPE_CHECKING:
    import pandas as pd

LEVELS_KEPT = 100
"""Levels up to which a column's values are counted one by one and kept in the schema."""
_LONGEST = 80
"""Characters of an example."""
_SAMPLE = 10_000
_COLUMNS_PER_QUERY = 100
_EXACT_CELLS = 5_000_000
"""In a table of more cells than this, different values are counted within a few percent, three times as fast."""


@dataclass(frozen=True)
class Facts:
    """What was counted of one column."""

    name: str
    type: str
    rows: int
    main_rows: int
    """Rows of the first file; those of the second follow."""
    filled: int
    distinct: int
    low: Any
    high: Any
    whole: bool
    """Whether every number is a whole one."""
    mean_length: float
    values: tuple[tuple[str, int], ...]
    """Value (as canonical text) and count, most frequent first; empty above ``LEVELS_KEPT`` levels."""
    sample: pd.Series
    """Values in file order, evenly spread, missing ones included; the index is the row number."""
    last: bool
    """Whether it is the last column of the file."""
    first: bool = False
    """Whether it is the first."""

    @property
    def missing(self) -> float:
        """The share of rows without a value."""
        return 1.0 - self.filled / self.rows if self.rows else 0.0

    @property
    def example(self) -> str:
        """A value to show, empty when there is none."""
        found = self.sample.dropna()
        text = "" if found.empty else str(found.iloc[0])
        return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def collect(table: Table) -> list[Facts]:
    """The facts of every column, in file order."""
    import numpy as np

    count = min(table.rows, _SAMPLE)
    rows = np.unique(np.linspace(0, table.rows - 1, count).astype(np.int64)) if count else np.empty(0, np.int64)
    sample = table.frame(rows=rows, exact=True).set_axis(rows, axis=0)
    facts = []
    for start in range(0, len(table.columns), _COLUMNS_PER_QUERY):
        names = table.columns[start : start + _COLUMNS_PER_QUERY]
        scanned = _scan(table, names)
        # A small table is its own sample.
        whole = {name: int(sample[name].nunique()) for name in names} if table.rows <= _SAMPLE else {}
        values = _count_values(table, [name for name in names if _few(table, name, scanned[name]["distinct"], whole)])
        for name in names:
            counted, estimate = values.get(name, ()), scanned[name].pop("distinct")
            distinct = len(counted) or whole.get(name, estimate)
            facts.append(
                Facts(
                    name=name,
                    type=table.types[name],
                    rows=table.rows,
                    main_rows=table.main_rows,
                    distinct=distinct,
                    values=counted if len(counted) <= LEVELS_KEPT else (),
                    sample=sample[name],
                    last=name == table.columns[-1],
                    first=name == table.columns[0],
                    **scanned[name],
                )
            )
    return facts


def _few(table: Table, name: str, estimate: int, whole: Mapping[str, int]) -> bool:
    """Whether a column may have few values; the words of a text that differ in blanks alone are one."""
    return estimate <= 2 * LEVELS_KEPT and (table.types[name] == "text" or whole.get(name, 0) <= LEVELS_KEPT)


def _scan(table: Table, names: tuple[str, ...]) -> dict[str, dict[str, Any]]:
    """Everything that one pass over the file gives, by column."""
    parts = []
    exact = table.rows > _SAMPLE and table.rows * len(table.columns) <= _EXACT_CELLS
    for name in names:
        value = table.key(name) if table.types[name] == "text" else quoted(name)
        numeric = table.types[name] == "float"
        text = table.types[name] == "text"
        parts += [
            f"count({value})",
            f"count(DISTINCT {value})" if exact else f"least(approx_count_distinct({value}), count({value}))",
            f"min({value})" if not text else "NULL",
            f"max({value})" if not text else "NULL",
            f"coalesce(bool_and({value} = floor({value})), false)" if numeric else "true",
            f"avg(length({value}))" if text else "0",
        ]
    found = table.fetch(f"SELECT {', '.join(parts)} FROM data", columns=names)[0]
    keys = ("filled", "distinct", "low", "high", "whole", "mean_length")
    scanned = {name: dict(zip(keys, found[6 * i : 6 * i + 6], strict=True)) for i, name in enumerate(names)}
    for one in scanned.values():
        one["mean_length"] = float(one["mean_length"] or 0.0)
    return scanned


def _count_values(table: Table, names: list[str]) -> dict[str, tuple[tuple[str, int], ...]]:
    """Every value with its count for columns of few levels, most frequent first, then by value."""
    if not names:
        return {}
    selected = ", ".join(f"histogram({table.key(name)})" for name in names)
    found = table.fetch(f"SELECT {selected} FROM data", columns=names)[0]
    ordered = {}
    for name, counts in zip(names, found, strict=True):
        pairs = [(str(value), int(count)) for value, count in (counts or {}).items()]
        ordered[name] = tuple(sorted(pairs, key=lambda pair: (-pair[1], pair[0])))
    return ordered


__all__ = ["LEVELS_KEPT", "Facts", "collect"]
