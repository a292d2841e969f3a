"""Encoding of dates: sine and cosine of the time of day, week and year, and a linear trend."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from core.index.dates import from_seconds, to_seconds
from core.modalities.tabular.columns.base import COLUMN_ENCODERS, Block, clamp, is_category
from core.modalities.tabular.columns.numbers import Scaling, span, standard

if TYPE_CHECKING:
    import pandas as pd

    from core.index.schema import Column
    from core.modalities.tabular.config import EncodingConfig

DAY, WEEK, YEAR = 86_400.0, 604_800.0, 31_556_952.0
"""Seconds; a year is the Gregorian mean of 365.2425 days."""
_CYCLES = {"day": DAY, "week": WEEK, "year": YEAR}
_MONDAY = 345_600.0
"""1970 began on a Thursday: the first Monday is four days later."""


@COLUMN_ENCODERS.register("moment")
@dataclass(frozen=True)
class MomentEncoder:
    """A date as its trend and the cycles that the training rows cover: day, week, year."""

    unit: str
    trend: Scaling
    cycles: tuple[str, ...]
    fill: float
    tick: float
    """The training moments are multiples of this many seconds (a day, an hour, a minute, a second, or 0 for finer)."""
    indicator: bool = False
    zero_to_one: bool = False

    order: ClassVar[int] = 40

    @classmethod
    def takes(cls, values: pd.Series, column: Column, config: EncodingConfig) -> bool:
        """Dates and times that are no category."""
        return column.kind == "datetime" and not is_category(column)

    @classmethod
    def fit_column(cls, values: pd.Series, column: Column, config: EncodingConfig) -> MomentEncoder:
        """An encoder of a column's training values by the settings of a table."""
        unit_range = config.numbers == "minmax"
        return cls.fit(values, column.unit, zero_to_one=unit_range, missing_indicator=config.missing_indicator)

    @classmethod
    def fit(cls, values: pd.Series, unit: str, *, zero_to_one: bool, missing_indicator: bool) -> MomentEncoder:
        """An encoder of the training moments."""
        seconds = to_seconds(values, unit)
        missing = np.isnan(seconds)
        seconds = seconds[~missing]
        tick = next((t for t in (DAY, 3600.0, 60.0, 1.0) if len(seconds) and not np.mod(seconds, t).any()), 0.0)
        return cls(
            unit=unit,
            trend=span(seconds) if zero_to_one else standard(seconds),
            cycles=_covered(seconds, tick),
            fill=float(np.median(seconds)) if len(seconds) else 0.0,
            tick=tick,
            indicator=bool(missing.any()) and missing_indicator,
            zero_to_one=zero_to_one,
        )

    @property
    def width(self) -> int:
        """The trend, two for each cycle, one for missing."""
        return 1 + 2 * len(self.cycles) + self.indicator

    @property
    def names(self) -> tuple[str, ...]:
        """Trend, cycles, missing."""
        waves = tuple(f"{wave} of {cycle}" for cycle in self.cycles for wave in ("sine", "cosine"))
        return ("trend", *waves, "missing") if self.indicator else ("trend", *waves)

    def transform(self, values: pd.Series) -> Block:
        """Trend and cycles of each moment."""
        seconds = to_seconds(values, self.unit)
        missing = np.isnan(seconds)
        seconds = np.where(missing, self.fill, seconds)
        block = np.empty((len(seconds), self.width))
        block[:, 0] = self.trend.forth(seconds)
        for i, cycle in enumerate(self.cycles):
            angle = 2 * np.pi * _phase(seconds, cycle)
            block[:, 1 + 2 * i], block[:, 2 + 2 * i] = np.sin(angle), np.cos(angle)
        if self.zero_to_one:
            block[:, 1 : 1 + 2 * len(self.cycles)] = (block[:, 1 : 1 + 2 * len(self.cycles)] + 1) / 2
        if self.indicator:
            block[:, -1] = missing
        return clamp(block)

    def inverse(self, block: Block) -> NDArray[Any]:
        """The moment that the trend says, moved to the nearest one that the cycles say, the longest first.

        A reconstructed trend is off by days where the data span years; the week and the day, read from their
        cycles, put it right.
        """
        seconds = self.trend.back(block[:, 0])
        waves = block[:, 1 : 1 + 2 * len(self.cycles)]
        waves = waves * 2 - 1 if self.zero_to_one else waves
        for i, cycle in reversed(list(enumerate(self.cycles))):
            sine, cosine = waves[:, 2 * i], waves[:, 2 * i + 1]
            angle = np.arctan2(sine, cosine) / (2 * np.pi)
            away = angle - _phase(seconds, cycle)
            away -= np.round(away)
            # A flat wave points nowhere: it moves nothing.
            certain = np.minimum(np.hypot(sine, cosine), 1.0)
            seconds = seconds + certain * away * _CYCLES[cycle]
        if self.tick:
            seconds = np.round(seconds / self.tick) * self.tick
        if self.indicator:
            seconds = np.where(block[:, -1] > 0.5, np.nan, seconds)
        return from_seconds(seconds)

    @property
    def unfamiliar_words(self) -> str:
        """They are imputed."""
        return "are no dates in the training rows' notation and count as missing"

    def unfamiliar(self, values: pd.Series) -> NDArray[np.bool_]:
        """Which values are there and no dates."""
        unread: NDArray[np.bool_] = values.notna().to_numpy() & np.isnan(to_seconds(values, self.unit))
        return unread

    def to_dict(self) -> dict[str, Any]:
        """The encoder as plain values that JSON can hold."""
        return {
            "type": "moment",
            "unit": self.unit,
            "trend": self.trend.to_list(),
            "cycles": list(self.cycles),
            "fill": self.fill,
            "tick": self.tick,
            "indicator": self.indicator,
            "zero_to_one": self.zero_to_one,
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> MomentEncoder:
        """The encoder that :meth:`to_dict` wrote."""
        return cls(
            str(values["unit"]),
            Scaling(*values["trend"]),
            tuple(values["cycles"]),
            float(values["fill"]),
            float(values["tick"]),
            bool(values["indicator"]),
            bool(values["zero_to_one"]),
        )


def _covered(seconds: NDArray[np.float64], tick: float) -> tuple[str, ...]:
    """The cycles that the moments go through once at least, and that they are fine enough for."""
    covered = float(np.ptp(seconds)) if len(seconds) else 0.0
    cycles = ["day"] if covered >= DAY and tick < DAY else []
    cycles += ["week"] if covered >= WEEK else []
    # A year less a month: daily data of one calendar year cover its seasons.
    return (*cycles, "year") if covered >= YEAR * 11 / 12 else tuple(cycles)


def _phase(seconds: NDArray[np.float64], cycle: str) -> NDArray[np.float64]:
    """Where in the cycle a moment lies, from 0 to 1."""
    start = _MONDAY if cycle == "week" else 0.0
    return np.mod((seconds - start) / _CYCLES[cycle], 1.0)
