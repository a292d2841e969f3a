"""Quantile encoding of numbers: the standard normal quantile of the rank among training values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from core.index.numbers import NO_NUMBERS, no_numbers, read_numbers
from core.modalities.tabular.columns.base import COLUMN_ENCODERS, Block, is_boolean, is_category

if TYPE_CHECKING:
    import pandas as pd

    from core.index.schema import Column
    from core.modalities.tabular.config import EncodingConfig

_QUANTILES = 1001
_NORMAL_BOUND = 5.199337582605575
"""The standard normal's quantile of 1 - 1e-7, where quantile encoding ends (as scikit-learn's does)."""


@COLUMN_ENCODERS.register("quantile")
@dataclass(frozen=True)
class QuantileEncoder:
    """A number as the standard normal's quantile of its rank among the training values."""

    references: tuple[float, ...]
    """Quantiles of the training values, evenly spaced in rank, ascending."""
    fill: float
    indicator: bool = False

    order: ClassVar[int] = 50

    @classmethod
    def takes(cls, values: pd.Series, column: Column, config: EncodingConfig) -> bool:
        """Numbers where quantiles are chosen."""
        number = not is_category(column) and column.kind != "datetime" and not is_boolean(column)
        return number and config.numbers == "quantile"

    @classmethod
    def fit_column(cls, values: pd.Series, column: Column, config: EncodingConfig) -> QuantileEncoder:
        """An encoder of a column's training values by the settings of a table."""
        return cls.fit(values, missing_indicator=config.missing_indicator)

    @classmethod
    def fit(cls, values: pd.Series, *, missing_indicator: bool) -> QuantileEncoder:
        """An encoder of the training values."""
        x = read_numbers(values)
        missing = np.isnan(x)
        x = x[~missing] if not missing.all() else np.zeros(1)
        ranks = np.linspace(0, 1, min(_QUANTILES, max(2, len(x))))
        references = np.maximum.accumulate(np.quantile(x, ranks))
        indicator = bool(missing.any()) and missing_indicator
        return cls(tuple(references.tolist()), float(np.median(x)), indicator)

    @property
    def width(self) -> int:
        """One, and one for the missing indicator."""
        return 1 + self.indicator

    @property
    def names(self) -> tuple[str, ...]:
        """The quantile, where it is missing."""
        return ("", "missing") if self.indicator else ("",)

    def transform(self, values: pd.Series) -> Block:
        """The normal quantile of each value's rank; the middle rank where training values are tied."""
        from scipy.special import ndtri

        x = read_numbers(values)
        missing = np.isnan(x)
        x = np.where(missing, self.fill, x)
        references = np.asarray(self.references)
        ranks = np.linspace(0, 1, len(references))
        rank = np.interp(x, references, ranks)
        if not (np.diff(references) > 0).all():
            # interp takes one end of a tie; from the other side it takes the other.
            rank = (rank + 1 - np.interp(-x, -references[::-1], ranks)) / 2
        block = np.empty((len(x), self.width))
        block[:, 0] = np.clip(ndtri(rank), -_NORMAL_BOUND, _NORMAL_BOUND)
        if self.indicator:
            block[:, -1] = missing
        return block

    def inverse(self, block: Block) -> NDArray[Any]:
        """The training value of that rank."""
        from scipy.special import ndtr

        references = np.asarray(self.references)
        x = np.interp(ndtr(block[:, 0]), np.linspace(0, 1, len(references)), references)
        return np.where(block[:, -1] > 0.5, np.nan, x) if self.indicator else x

    @property
    def unfamiliar_words(self) -> str:
        """They are imputed."""
        return NO_NUMBERS

    def unfamiliar(self, values: pd.Series) -> NDArray[np.bool_]:
        """Which values are there and no numbers."""
        return no_numbers(values)

    def to_dict(self) -> dict[str, Any]:
        """The encoder as plain values that JSON can hold."""
        return {
            "type": "quantile",
            "references": list(self.references),
            "fill": self.fill,
            "indicator": self.indicator,
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> QuantileEncoder:
        """The encoder that :meth:`to_dict` wrote."""
        return cls(tuple(values["references"]), float(values["fill"]), bool(values["indicator"]))
