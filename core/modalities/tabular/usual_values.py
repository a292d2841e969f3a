"""The values of normal rows in each of the user's columns, and how rare an odd value is among them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from numbers import Integral
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd

    from core.modalities.tabular.encoder import TabularEncoder

CONTEXT_ROWS = 30
"""Normal rows that must share another column's value before a category is called rare beside it."""
RARE = 0.01
"""A category that fewer of the normal rows have is rare."""
_RARER = 0.2
"""Beside another value a category is called rare when it occurs there this much less than elsewhere."""


@dataclass(frozen=True)
class LevelContext:
    """A category beside another column's value, as the normal rows have them."""

    feature: str
    level: str
    rows: int
    """Normal rows with that other value."""
    times: int
    """How many of these have the category."""


@dataclass(frozen=True)
class Fact:
    """One value of a row beside what was expected and what normal rows have. Numbers are NaN where there are none."""

    feature: str
    kind: str
    """number, category or date."""
    actual: str
    """As a person reads it; empty where the value is missing."""
    expected: str
    actual_value: float
    expected_value: float
    spread: float
    """How far values usually are from what is expected given the rest; for a category the share that differs."""
    compared: int
    """Normal rows with a value here."""
    below: int
    """Of these, how many have a smaller one."""
    above: int
    """How many have a larger one."""
    times: int
    """How many normal rows have this very value (or miss it too)."""
    rows: int
    """Normal rows in all."""
    context: LevelContext | None = None


class UsualValues:
    """The normal rows in the user's units.

    Parameters
    ----------
    frame
        The features of normal rows.
    encoder
        Says what is a number, a category or a date to the detector.
    """

    def __init__(self, frame: pd.DataFrame, encoder: TabularEncoder) -> None:
        self.frame = frame.reset_index(drop=True)
        self.kinds: dict[str, str] = {}
        self._units: dict[str, str] = {}
        for column in encoder.to_dict()["columns"]:
            self.kinds[column["name"]], self._units[column["name"]] = _kind(column)
        self.numbers = self.numbers_of(frame)
        self.levels = {name: self.as_levels(frame, name) for name, kind in self.kinds.items() if kind == "category"}

    def as_numbers(self, frame: pd.DataFrame, name: str) -> NDArray[np.float64]:
        """A column's numbers, or seconds since 1970 of a date; NaN where missing."""
        from core.index.dates import to_seconds
        from core.index.numbers import read_numbers

        values = frame[name]
        return to_seconds(values, self._units[name]) if self.kinds[name] == "date" else read_numbers(values)

    def numbers_of(self, frame: pd.DataFrame) -> dict[str, NDArray[np.float64]]:
        """All numbers and dates of some rows by column, as :meth:`as_numbers` has each."""
        from core.index.numbers import read_numbers_of

        wanted = [name for name, kind in self.kinds.items() if kind == "number"]
        read = read_numbers_of(frame[wanted])
        return {
            name: read[name] if name in read else self.as_numbers(frame, name)
            for name, kind in self.kinds.items()
            if kind != "category"
        }

    def spreads(self, frame: pd.DataFrame, places: NDArray[np.int64], within: float) -> NDArray[np.float64]:
        """How far some rows are from what is expected of each feature, NaN where it is not known; see :class:`Fact`.

        Parameters
        ----------
        frame
            The features of the rows.
        places
            The normal row that has what is expected, shape (rows, features).
        within
            The share of the rows that are nearer.
        """
        spread, numbers, counted = np.full(len(self.kinds), math.nan), self.numbers_of(frame), []
        for j, name in enumerate(self.kinds):
            if name in numbers:
                counted.append(j)
            else:
                spread[j] = (self.as_levels(frame, name) != self.levels[name][places[:, j]]).mean()
        names = list(self.kinds)
        gaps = np.empty((len(counted), len(frame)))
        for gap, j in zip(gaps, counted, strict=True):
            np.abs(numbers[names[j]] - self.numbers[names[j]][places[:, j]], out=gap)
        known = ~np.isnan(gaps)
        full = known.all(axis=1)
        if full.any() and len(frame):
            spread[np.array(counted)[full]] = np.quantile(gaps[full], within, axis=1)
        for k in np.flatnonzero(~full & known.any(axis=1)):
            spread[counted[k]] = np.quantile(gaps[k][known[k]], within)
        return spread

    def as_levels(self, frame: pd.DataFrame, name: str) -> NDArray[np.object_]:
        """A column's categories as canonical text, empty where missing."""
        from core.index.levels import text_codes

        codes, texts = text_codes(frame[name])
        return np.array([*texts, ""], dtype=object)[codes]

    def fact(
        self, row: pd.DataFrame, expected: pd.DataFrame, name: str, spread: float, context: Mapping[str, str] | None
    ) -> Fact:
        """What there is to say of one feature.

        Parameters
        ----------
        row, expected
            Frames of one row: the values, and what was expected.
        name
            The feature.
        spread
            See :class:`Fact`.
        context
            The row's other categories by feature, among which a rare combination is looked for; None to look for none.
        """
        if self.kinds[name] == "category":
            return self._category(row, expected, name, spread, context or {})
        actual, wanted = (float(self.as_numbers(frame, name)[0]) for frame in (row, expected))
        known = self.numbers[name][~np.isnan(self.numbers[name])]
        missing = math.isnan(actual)
        shown, wanted_shown = self._shown(row, expected, name, actual, wanted)
        return Fact(
            feature=name,
            kind=self.kinds[name],
            actual=shown,
            expected=wanted_shown,
            actual_value=actual,
            expected_value=wanted,
            spread=spread,
            compared=len(known),
            below=0 if missing else int((known < actual).sum()),
            above=0 if missing else int((known > actual).sum()),
            times=len(self.frame) - len(known) if missing else int((known == actual).sum()),
            rows=len(self.frame),
        )

    def _category(
        self, row: pd.DataFrame, expected: pd.DataFrame, name: str, spread: float, context: Mapping[str, str]
    ) -> Fact:
        actual, wanted = (str(self.as_levels(frame, name)[0]) for frame in (row, expected))
        same = self.levels[name] == actual
        return Fact(
            feature=name,
            kind="category",
            actual=actual,
            expected=wanted,
            actual_value=math.nan,
            expected_value=math.nan,
            spread=spread,
            compared=int((self.levels[name] != "").sum()),
            below=0,
            above=0,
            times=int(same.sum()),
            rows=len(self.frame),
            context=self._context(name, same, context),
        )

    def _context(self, name: str, same: NDArray[np.bool_], context: Mapping[str, str]) -> LevelContext | None:
        """The other category beside which this one is rarest; None where it is rare or usual everywhere."""
        overall = float(same.mean()) if len(same) else 0.0
        found: list[tuple[float, LevelContext]] = []
        for other, level in context.items():
            if other == name or not level:
                continue
            beside = self.levels[other] == level
            rows, times = int(beside.sum()), int((beside & same).sum())
            if overall >= RARE and rows >= CONTEXT_ROWS and times / rows <= min(_RARER * overall, 2 * RARE):
                found.append(((times + 0.5) / (rows + 1), LevelContext(other, level, rows, times)))
        return min(found, key=lambda item: item[0])[1] if found else None

    def _shown(
        self, row: pd.DataFrame, expected: pd.DataFrame, name: str, actual: float, wanted: float
    ) -> tuple[str, str]:
        """Two values as a person reads them, with the digits that tell them apart; empty where one is missing."""
        from core.modalities.tabular.sentences import amounts

        values = row[name].iloc[0], expected[name].iloc[0]
        if self.kinds[name] == "date":
            texts = str(values[0]), str(values[1])
        else:
            # What is a whole number or a decimal in the table keeps its digits; a text that reads as a number does not.
            exact = [
                v if isinstance(v, Integral | Decimal) else x for v, x in zip(values, (actual, wanted), strict=True)
            ]
            texts = amounts(exact[0], exact[1])
        return "" if math.isnan(actual) else texts[0], "" if math.isnan(wanted) else texts[1]


def _kind(column: Mapping[str, Any]) -> tuple[str, str]:
    """Kind and unit of an encoded column."""
    if column["type"] == "masked":
        column = column["inner"]
    if column["type"] == "moment":
        return "date", str(column.get("unit", ""))
    if column["type"] in {"number", "quantile"} and not column.get("levels"):
        return "number", ""
    return "category", ""
