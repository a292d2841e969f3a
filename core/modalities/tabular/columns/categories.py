"""One-hot encoding of categories with few levels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from core.index.levels import IN_NO_ROW, MISSING, UNSEEN, level_codes, levels_of
from core.modalities.tabular.columns.base import COLUMN_ENCODERS, Block, is_category

if TYPE_CHECKING:
    import pandas as pd

    from core.index.schema import Column
    from core.modalities.tabular.config import EncodingConfig

MOST_COLUMNS = 1024
"""A category never gets more columns than this; rarer levels share one."""


@COLUMN_ENCODERS.register("onehot")
@dataclass(frozen=True)
class OneHotEncoder:
    """A column per level, one for the levels too rare for their own, one for missing; all zero for an unseen level."""

    levels: tuple[str, ...]
    rare: bool
    """Whether training rows held levels beyond the listed ones, which share a column."""
    indicator: bool
    folded: int = field(default=0, compare=False)
    """How many levels share the column for rare ones; known after fitting, and not stored."""

    order: ClassVar[int] = 30

    @classmethod
    def takes(cls, values: pd.Series, column: Column, config: EncodingConfig) -> bool:
        """Any category."""
        return is_category(column)

    @classmethod
    def fit_column(cls, values: pd.Series, column: Column, config: EncodingConfig) -> OneHotEncoder:
        """An encoder of a column's training values by the settings of a table."""
        return cls.fit(values, most=MOST_COLUMNS, missing_indicator=config.missing_indicator)

    @classmethod
    def fit(cls, values: pd.Series, *, most: int, missing_indicator: bool) -> OneHotEncoder:
        """An encoder of the ``most`` most frequent levels of the training values."""
        levels, missing = levels_of(values)
        rest = max(0, len(levels) - most)
        return cls(tuple(levels[:most]), rest > 0, missing and missing_indicator, rest)

    @property
    def width(self) -> int:
        """One per level, and one each for rare levels and for missing."""
        return len(self.levels) + self.rare + self.indicator

    @property
    def names(self) -> tuple[str, ...]:
        """The levels."""
        extra = (("other",) if self.rare else ()) + (("missing",) if self.indicator else ())
        return tuple(f"= {level}" for level in self.levels) + extra

    def transform(self, values: pd.Series) -> NDArray[np.floating[Any]]:
        """A one in the level's column."""
        codes = level_codes(values, self.levels)
        # Zeros and ones are exact in half the memory, and there may be a thousand columns.
        block = np.zeros((len(codes), self.width), dtype=np.float32)
        if self.rare:
            codes = np.where(codes == UNSEEN, len(self.levels), codes)
        if self.indicator:
            codes = np.where(codes == MISSING, self.width - 1, codes)
        known = np.flatnonzero(codes >= 0)
        block[known, codes[known]] = 1.0
        return block

    def inverse(self, block: Block) -> NDArray[Any]:
        """The level of the largest column."""
        answers = np.array([*self.levels, *(["other"] if self.rare else []), None], dtype=object)
        return answers[np.argmax(block, axis=1)] if self.width else np.full(len(block), None, dtype=object)

    @property
    def unfamiliar_words(self) -> str:
        """They have no code of their own."""
        return IN_NO_ROW

    def unfamiliar(self, values: pd.Series) -> NDArray[np.bool_]:
        """Which levels no training row had, as far as the names of all levels are kept."""
        everyone = not self.rare
        return level_codes(values, self.levels) == UNSEEN if everyone else np.zeros(len(values), dtype=np.bool_)

    def to_dict(self) -> dict[str, Any]:
        """The encoder as plain values that JSON can hold."""
        return {"type": "onehot", "levels": list(self.levels), "rare": self.rare, "indicator": self.indicator}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> OneHotEncoder:
        """The encoder that :meth:`to_dict` wrote."""
        return cls(tuple(values["levels"]), bool(values["rare"]), bool(values["indicator"]))
