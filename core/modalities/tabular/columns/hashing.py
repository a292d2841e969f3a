"""Hash encoding of categories with many levels: a vector per level drawn from the hash of its name."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from core.index.levels import IN_NO_ROW, UNSEEN, level_codes, levels_of, text_codes
from core.modalities.tabular.columns.base import COLUMN_ENCODERS, Block, clamp, is_category

if TYPE_CHECKING:
    import pandas as pd

    from core.index.schema import Column
    from core.modalities.tabular.config import EncodingConfig

MOST_KNOWN = 20_000
"""Levels of which the names are kept, to read a code back; the most frequent ones."""


class Vectors:
    """What signatures and embeddings share: a vector per known level, and the nearest level to a vector."""

    levels: tuple[str, ...]
    indicator: bool
    zero_to_one: bool

    @property
    def table(self) -> Block:
        """The vector of every known level, shape (levels, size)."""
        raise NotImplementedError

    def unseen(self, values: Sequence[str]) -> Block:
        """The vectors of levels that no training row had."""
        raise NotImplementedError

    @property
    def reach(self) -> tuple[float, float]:
        """The smallest and largest entry of known vectors."""
        raise NotImplementedError

    def in_range(self, vectors: Block) -> Block:
        """Vectors as they are encoded: as they are, or moved (and, where they must, shrunk) to between 0 and 1."""
        low, high = self.reach
        return (vectors - low) / max(1.0, high - low) if self.zero_to_one else vectors

    @property
    def width(self) -> int:
        """The vector's size, and one for missing."""
        return int(self.table.shape[1]) + self.indicator

    def transform(self, values: pd.Series) -> Block:
        """Each value's vector; zeros where it is missing."""
        codes, uniques = text_codes(values)
        place = {level: code for code, level in enumerate(self.levels)}
        size = self.table.shape[1]
        vectors = np.zeros((len(uniques) + 1, self.width))
        known = [place.get(value, UNSEEN) for value in uniques]
        new = [i for i, code in enumerate(known) if code == UNSEEN]
        for i, code in enumerate(known):
            if code >= 0:
                vectors[i, :size] = self.table[code]
        if new:
            vectors[new, :size] = self.unseen([uniques[i] for i in new])
        vectors[:, :size] = self.in_range(vectors[:, :size])
        if self.indicator:
            vectors[-1, -1] = 1.0
        # A missing value has code -1, which is the last row.
        return clamp(vectors[codes])

    @property
    def unfamiliar_words(self) -> str:
        """They have no code of their own."""
        return IN_NO_ROW

    def unfamiliar(self, values: pd.Series) -> NDArray[np.bool_]:
        """Which levels no training row had, as far as the names of all levels are kept."""
        everyone = len(self.levels) < MOST_KNOWN
        return level_codes(values, self.levels) == UNSEEN if everyone else np.zeros(len(values), dtype=np.bool_)

    def inverse(self, block: Block) -> NDArray[Any]:
        """The nearest known level."""
        answers = np.array([*self.levels, None], dtype=object)
        if not self.levels:
            return np.full(len(block), None, dtype=object)
        size = self.table.shape[1]
        codes = self.in_range(self.table)
        lengths = (codes**2).sum(axis=1) / 2
        nearest = np.empty(len(block), dtype=np.int64)
        step = max(1, 4_000_000 // len(self.levels))
        for start in range(0, len(block), step):
            part = block[start : start + step, :size]
            nearest[start : start + step] = np.argmax(part @ codes.T - lengths, axis=1)
        if self.indicator:
            nearest = np.where(block[:, -1] > 0.5, len(self.levels), nearest)
        return answers[nearest]


@COLUMN_ENCODERS.register("hash")
@dataclass(frozen=True)
class HashEncoder(Vectors):
    """A category of many levels as signs drawn from the hash of the level's name (signed feature hashing).

    Every level, seen or not, has ``size`` entries of plus or minus ``1 / sqrt(size)``: a vector of length 1, the same
    on every machine, and far from that of any other level. A plain bucket hash of 16 columns tells 32 levels apart.
    """

    levels: tuple[str, ...]
    """The known levels, most frequent first, for reading a code back."""
    size: int
    indicator: bool
    zero_to_one: bool = False

    order: ClassVar[int] = 20

    @classmethod
    def takes(cls, values: pd.Series, column: Column, config: EncodingConfig) -> bool:
        """Categories where hashing is chosen, or by default those of many levels."""
        if not is_category(column) or config.categories not in ("hash", "auto"):
            return False
        return config.categories == "hash" or len(levels_of(values)[0]) > config.max_levels

    @classmethod
    def fit_column(cls, values: pd.Series, column: Column, config: EncodingConfig) -> HashEncoder:
        """An encoder of a column's training values by the settings of a table."""
        return cls.fit(
            values,
            size=config.hash_width,
            missing_indicator=config.missing_indicator,
            zero_to_one=config.numbers == "minmax",
        )

    @classmethod
    def fit(cls, values: pd.Series, *, size: int, missing_indicator: bool, zero_to_one: bool = False) -> HashEncoder:
        """An encoder that knows the levels of the training values."""
        levels, missing = levels_of(values)
        return cls(tuple(levels[:MOST_KNOWN]), size, missing and missing_indicator, zero_to_one)

    @property
    def reach(self) -> tuple[float, float]:
        """The two entries of a signature."""
        return -1.0 / self.size**0.5, 1.0 / self.size**0.5

    @cached_property
    def table(self) -> Block:
        """The vector of every known level."""
        return self.unseen(self.levels)

    @property
    def names(self) -> tuple[str, ...]:
        """The entries of the signature."""
        signs = tuple(f"hash {i + 1}" for i in range(self.size))
        return (*signs, "missing") if self.indicator else signs

    def unseen(self, values: Sequence[str]) -> Block:
        """The signatures of any levels."""
        digests = b"".join(hashlib.blake2b(value.encode(), digest_size=32).digest() for value in values)
        bits = np.unpackbits(np.frombuffer(digests, dtype=np.uint8)).reshape(len(values), 256)[:, : self.size]
        return np.asarray(np.where(bits == 1, 1.0, -1.0) / np.sqrt(self.size))

    def to_dict(self) -> dict[str, Any]:
        """The encoder as plain values that JSON can hold."""
        return {
            "type": "hash",
            "levels": list(self.levels),
            "size": self.size,
            "indicator": self.indicator,
            "zero_to_one": self.zero_to_one,
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> HashEncoder:
        """The encoder that :meth:`to_dict` wrote."""
        return cls(tuple(values["levels"]), int(values["size"]), bool(values["indicator"]), bool(values["zero_to_one"]))
