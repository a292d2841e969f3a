"""Categories: a column per level, a signature per level made of its name, or a vector fitted to its company.

Values are compared as canonical text, so that 1, 1.0 and "1" are one level.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from core.data.encoders.base import Block, encoder, held

if TYPE_CHECKING:
    import pandas as pd

MOST_COLUMNS = 1024
"""A category never gets more columns than this; rarer levels share one."""
_MOST_KNOWN = 20_000
"""Levels of which the names are kept, to read a code back; the most frequent ones."""
_MISSING, _UNSEEN = -1, -2


@encoder("onehot")
@dataclass(frozen=True)
class OneHotEncoder:
    """A column per level, one for the levels too rare for their own, one for missing; all zero for an unseen level."""

    levels: tuple[str, ...]
    rare: bool
    """Whether training rows held levels beyond the listed ones, which share a column."""
    indicator: bool

    @classmethod
    def fit(cls, values: pd.Series, *, most: int, missing_indicator: bool) -> OneHotEncoder:
        """An encoder of the ``most`` most frequent levels of the training values."""
        levels, missing = levels_of(values)
        return cls(tuple(levels[:most]), len(levels) > most, missing and missing_indicator)

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
            codes = np.where(codes == _UNSEEN, len(self.levels), codes)
        if self.indicator:
            codes = np.where(codes == _MISSING, self.width - 1, codes)
        known = np.flatnonzero(codes >= 0)
        block[known, codes[known]] = 1.0
        return block

    def inverse(self, block: Block) -> NDArray[Any]:
        """The level of the largest column."""
        answers = np.array([*self.levels, *(["other"] if self.rare else []), None], dtype=object)
        return answers[np.argmax(block, axis=1)] if self.width else np.full(len(block), None, dtype=object)

    def to_dict(self) -> dict[str, Any]:
        """The encoder as plain values that JSON can hold."""
        return {"type": "onehot", "levels": list(self.levels), "rare": self.rare, "indicator": self.indicator}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> OneHotEncoder:
        """The encoder that :meth:`to_dict` wrote."""
        return cls(tuple(values["levels"]), bool(values["rare"]), bool(values["indicator"]))


class _Vectors:
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

    def placed(self, vectors: Block) -> Block:
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
        known = [place.get(value, _UNSEEN) for value in uniques]
        new = [i for i, code in enumerate(known) if code == _UNSEEN]
        for i, code in enumerate(known):
            if code >= 0:
                vectors[i, :size] = self.table[code]
        if new:
            vectors[new, :size] = self.unseen([uniques[i] for i in new])
        vectors[:, :size] = self.placed(vectors[:, :size])
        if self.indicator:
            vectors[-1, -1] = 1.0
        # A missing value has code -1, which is the last row.
        return held(vectors[codes])

    def inverse(self, block: Block) -> NDArray[Any]:
        """The nearest known level."""
        answers = np.array([*self.levels, None], dtype=object)
        if not self.levels:
            return np.full(len(block), None, dtype=object)
        size = self.table.shape[1]
        codes = self.placed(self.table)
        lengths = (codes**2).sum(axis=1) / 2
        nearest = np.empty(len(block), dtype=np.int64)
        step = max(1, 4_000_000 // len(self.levels))
        for start in range(0, len(block), step):
            part = block[start : start + step, :size]
            nearest[start : start + step] = np.argmax(part @ codes.T - lengths, axis=1)
        if self.indicator:
            nearest = np.where(block[:, -1] > 0.5, len(self.levels), nearest)
        return answers[nearest]


@encoder("hash")
@dataclass(frozen=True)
class HashEncoder(_Vectors):
    """A category of many levels as signs drawn from the hash of the level's name (signed feature hashing).

    Every level, seen or not, has ``size`` entries of plus or minus ``1 / sqrt(size)``: a vector of length 1, the same
    on every machine, and far from that of any other level. A plain bucket hash of 16 columns tells 32 levels apart.
    """

    levels: tuple[str, ...]
    """The known levels, most frequent first, for reading a code back."""
    size: int
    indicator: bool
    zero_to_one: bool = False

    @classmethod
    def fit(cls, values: pd.Series, *, size: int, missing_indicator: bool, zero_to_one: bool = False) -> HashEncoder:
        """An encoder that knows the levels of the training values."""
        levels, missing = levels_of(values)
        return cls(tuple(levels[:_MOST_KNOWN]), size, missing and missing_indicator, zero_to_one)

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


@encoder("embed")
@dataclass(frozen=True)
class EmbedEncoder(_Vectors):
    """A category as fixed vectors, fitted so that levels which keep the same company lie near each other.

    A level's company is the mean of the other columns' encoded values over its training rows; the leading principal
    components of these means, standardised over rows, are its vector, and its last entry is how frequent it is. Rare
    levels are drawn towards the mean of all, which is also where an unseen level lies, as rare as can be.
    """

    levels: tuple[str, ...]
    vectors: tuple[tuple[float, ...], ...]
    rarest: float
    """The frequency entry of a level that was never seen."""
    indicator: bool
    zero_to_one: bool = False

    @classmethod
    def fit(
        cls, values: pd.Series, company: Block, *, size: int, missing_indicator: bool, zero_to_one: bool = False
    ) -> EmbedEncoder:
        """An encoder of the training values; ``company`` are the other columns' encoded values, shape (rows, any)."""
        levels, missing = levels_of(values)
        levels = levels[:_MOST_KNOWN]
        codes = level_codes(values, tuple(levels))
        counts = np.bincount(codes[codes >= 0], minlength=len(levels)).astype(np.float64)
        frequency = np.log10(np.append(counts, 0.5))
        weights = counts / max(counts.sum(), 1.0)
        means = _level_means(codes, counts, company)
        parts = _components(means, weights, size - 1)
        centre = float(weights @ frequency[:-1]) if len(levels) else 0.0
        spread = float(np.sqrt(weights @ (frequency[:-1] - centre) ** 2)) if len(levels) else 1.0
        scaled = (frequency - centre) / (spread if spread > 1e-9 else 1.0)
        # The vector as a whole weighs as much as one standardised number.
        vectors = np.column_stack([parts, scaled[:-1]]) / np.sqrt(parts.shape[1] + 1)
        rarest = float(scaled[-1] / np.sqrt(parts.shape[1] + 1))
        indicator = missing and missing_indicator
        return cls(tuple(levels), tuple(map(tuple, vectors.tolist())), rarest, indicator, zero_to_one)

    @cached_property
    def reach(self) -> tuple[float, float]:
        """The smallest and largest entry of the fitted vectors."""
        return (float(self.table.min()), float(self.table.max())) if self.vectors else (0.0, 1.0)

    @cached_property
    def table(self) -> Block:
        """The vector of every known level."""
        return np.asarray(self.vectors, dtype=np.float64) if self.vectors else np.zeros((0, 1))

    @property
    def names(self) -> tuple[str, ...]:
        """The entries of the vector."""
        entries = (*(f"embedding {i + 1}" for i in range(self.table.shape[1] - 1)), "frequency")
        return (*entries, "missing") if self.indicator else entries

    def unseen(self, values: Sequence[str]) -> Block:
        """The mean of all levels, as rare as can be."""
        vectors = np.zeros((len(values), self.table.shape[1]))
        vectors[:, -1] = self.rarest
        return vectors

    def to_dict(self) -> dict[str, Any]:
        """The encoder as plain values that JSON can hold."""
        return {
            "type": "embed",
            "levels": list(self.levels),
            "vectors": [list(vector) for vector in self.vectors],
            "rarest": self.rarest,
            "indicator": self.indicator,
            "zero_to_one": self.zero_to_one,
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> EmbedEncoder:
        """The encoder that :meth:`to_dict` wrote."""
        vectors = tuple(tuple(vector) for vector in values["vectors"])
        flags = bool(values["indicator"]), bool(values["zero_to_one"])
        return cls(tuple(values["levels"]), vectors, float(values["rarest"]), *flags)


def _level_means(codes: NDArray[np.int64], counts: Block, company: Block) -> Block:
    """The mean of the company over each level's rows, rare levels drawn towards the mean of all."""
    known = codes >= 0
    centred = company[known] - company[known].mean(axis=0) if known.any() else company[:0]
    means = np.zeros((len(counts), company.shape[1]))
    for column in range(company.shape[1]):
        means[:, column] = np.bincount(codes[known], weights=centred[:, column], minlength=len(counts))
    return means / (counts + 10.0)[:, None]


def _components(means: Block, weights: Block, size: int) -> Block:
    """The leading principal components of the level means, each of variance 1 over the rows; none of no variance."""
    if not means.size:
        return np.zeros((len(means), 0))
    u, s, _ = np.linalg.svd(means * np.sqrt(weights)[:, None], full_matrices=False)
    kept = min(size, int((s > 1e-6 * max(s[0], 1e-300)).sum())) if s[0] > 0 else 0
    scores = u[:, :kept] / np.sqrt(np.maximum(weights, 1e-12))[:, None]
    # The sign of a component is arbitrary: its largest entry is made positive, the same on every machine.
    signs = np.sign(scores[np.argmax(np.abs(scores), axis=0), np.arange(kept)]) if kept else np.ones(0)
    return scores * signs


def levels_of(values: pd.Series) -> tuple[list[str], bool]:
    """The different values as text, most frequent first, then by name; and whether any is missing."""
    codes, uniques = text_codes(values)
    counts = np.bincount(codes[codes >= 0], minlength=len(uniques))
    order = sorted(range(len(uniques)), key=lambda i: (-counts[i], uniques[i]))
    return [uniques[i] for i in order], bool((codes < 0).any())


def level_codes(values: pd.Series, levels: tuple[str, ...]) -> NDArray[np.int64]:
    """Each value's place among the levels, -1 where missing, -2 where it is none of them."""
    codes, uniques = text_codes(values)
    place = {level: code for code, level in enumerate(levels)}
    return np.array([*(place.get(value, _UNSEEN) for value in uniques), _MISSING], dtype=np.int64)[codes]


def text_codes(values: pd.Series) -> tuple[NDArray[np.int64], list[str]]:
    """Each value's number, -1 where missing, and the different values as canonical text."""
    import pandas as pd

    from core.data.schema import canonical

    codes, uniques = pd.factorize(values)
    texts = [canonical(value) for value in uniques]
    distinct = dict.fromkeys(text for text in texts if text)
    numbers = {text: code for code, text in enumerate(distinct)}
    mapped = np.array([*(numbers.get(text, -1) for text in texts), -1], dtype=np.int64)
    return mapped[codes], list(distinct)
