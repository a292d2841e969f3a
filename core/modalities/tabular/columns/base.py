"""What every column encoder does, and how a stored one is found again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from core.registry import Registry

if TYPE_CHECKING:
    import pandas as pd

Block = NDArray[np.float64]
"""Encoded values of one column, shape (rows, width)."""

BOUND = 1e6
"""Encoded values are held within this: far outside all that trains, and its square is still finite in float32."""


class ColumnEncoder(Protocol):
    """A fitted encoder of one column."""

    @property
    def width(self) -> int:
        """How many encoded columns it makes."""

    @property
    def names(self) -> tuple[str, ...]:
        """What each encoded column is, such as ``asinh`` or ``= tcp``; empty for the value itself."""

    def transform(self, values: pd.Series) -> NDArray[np.floating[Any]]:
        """The values encoded, without infinity; NaN where a missing value is to be left out."""

    def inverse(self, block: Block) -> NDArray[Any]:
        """Values in the user's units from an encoded block, missing ones as NaN, None or NaT."""

    @property
    def unfamiliar_words(self) -> str:
        """What unfamiliar values are, in words after "its values …"."""

    def unfamiliar(self, values: pd.Series) -> NDArray[np.bool_]:
        """Which values are there and can be read as nothing that training rows held."""

    def to_dict(self) -> dict[str, Any]:
        """The encoder as plain values that JSON can hold."""


class StoredEncoder(ColumnEncoder, Protocol):
    """A registered class of encoders: it reads back what its encoders write."""

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> ColumnEncoder:
        """The encoder that ``to_dict`` wrote."""


COLUMN_ENCODERS: Registry[type[StoredEncoder]] = Registry("column encoder", "core.modalities.tabular.columns")
"""Every class of encoders under the name that its ``to_dict`` writes as ``type``."""


def from_dict(values: Mapping[str, Any]) -> ColumnEncoder:
    """The encoder that ``to_dict`` wrote."""
    return COLUMN_ENCODERS[values["type"]].from_dict(values)


def clamp(block: Block) -> Block:
    """``block`` within the bound."""
    return np.clip(block, -BOUND, BOUND, out=block)
