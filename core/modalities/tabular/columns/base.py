"""What every column encoder does, which columns it takes, and how a stored one is found again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from core.registry import Registry

if TYPE_CHECKING:
    import pandas as pd

    from core.index.schema import Column
    from core.modalities.tabular.config import EncodingConfig

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


@runtime_checkable
class TakesColumns(Protocol):
    """A registered class of encoders that says which columns it encodes; the first one that takes a column gets it."""

    order: ClassVar[int]
    """Its place among those that are asked; the lowest is asked first."""

    @classmethod
    def takes(cls, values: pd.Series, column: Column, config: EncodingConfig) -> bool:
        """Whether it encodes a column with these training values under these settings."""


@runtime_checkable
class FitsAlone(TakesColumns, Protocol):
    """Encoders that are fitted to their column alone."""

    @classmethod
    def fit_column(cls, values: pd.Series, column: Column, config: EncodingConfig) -> ColumnEncoder:
        """An encoder of a column's training values."""


@runtime_checkable
class FitsInContext(TakesColumns, Protocol):
    """Encoders that are fitted to their column beside all others."""

    @classmethod
    def context(cls, values: pd.Series, config: EncodingConfig) -> Block:
        """What the other columns' encoders of this kind see of a column, shape (rows, any)."""

    @classmethod
    def fit_in_context(cls, values: pd.Series, context: Block, config: EncodingConfig) -> ColumnEncoder:
        """An encoder of a column's training values; ``context`` are the other columns, shape (rows, any)."""


COLUMN_ENCODERS: Registry[type[StoredEncoder]] = Registry("column encoder", "core.modalities.tabular.columns")
"""Every class of encoders under the name that its ``to_dict`` writes as ``type``."""


def from_dict(values: Mapping[str, Any]) -> ColumnEncoder:
    """The encoder that ``to_dict`` wrote."""
    return COLUMN_ENCODERS[values["type"]].from_dict(values)


def is_category(column: Column) -> bool:
    """Whether a column is encoded by its levels."""
    text = column.type in {"text", "datetime"}
    return column.kind in {"category", "integer code"} or (column.kind in {"boolean", "constant"} and text)


def is_boolean(column: Column) -> bool:
    """Whether a column is true or false, however that is written."""
    return column.kind == "boolean" or column.type == "boolean"


def clamp(block: Block) -> Block:
    """``block`` within the bound."""
    return np.clip(block, -BOUND, BOUND, out=block)
