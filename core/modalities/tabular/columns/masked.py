"""The masking wrapper of a column encoder: blanks become NaN instead of an imputed value and an indicator."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from core.modalities.tabular.columns.base import COLUMN_ENCODERS, Block, ColumnEncoder, from_dict

if TYPE_CHECKING:
    import pandas as pd


@COLUMN_ENCODERS.register("masked")
@dataclass(frozen=True)
class MaskedEncoder:
    """Another encoder's columns, NaN where the value is missing."""

    inner: ColumnEncoder
    """Its last column says where values are missing; that column is read here and left out."""

    @classmethod
    def around(cls, encoder: ColumnEncoder) -> MaskedEncoder:
        """A fitted encoder with its blanks kept."""
        return cls(replace(encoder, indicator=True))  # type: ignore[type-var]

    @property
    def width(self) -> int:
        """The other's without the column that says where values are missing."""
        return self.inner.width - 1

    @property
    def names(self) -> tuple[str, ...]:
        """The other's."""
        return self.inner.names[:-1]

    def transform(self, values: pd.Series) -> NDArray[np.floating[Any]]:
        """The values encoded, NaN where they are missing."""
        block = self.inner.transform(values)
        return np.where(block[:, -1:] > 0.5, np.nan, block[:, :-1])

    def inverse(self, block: Block) -> NDArray[Any]:
        """Values in the user's units, missing where the block is NaN."""
        # A category of which no training row had a level has no columns.
        missing = np.where(np.isnan(block).all(axis=1), 1.0, -np.inf)
        return self.inner.inverse(np.column_stack([np.nan_to_num(block), missing]))

    @property
    def unfamiliar_words(self) -> str:
        """What the other says."""
        return self.inner.unfamiliar_words

    def unfamiliar(self, values: pd.Series) -> NDArray[np.bool_]:
        """Which values are unfamiliar to the other."""
        return self.inner.unfamiliar(values)

    def to_dict(self) -> dict[str, Any]:
        """The encoder as plain values that JSON can hold."""
        return {"type": "masked", "inner": self.inner.to_dict()}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> MaskedEncoder:
        """The encoder that :meth:`to_dict` wrote."""
        return cls(from_dict(values["inner"]))
