"""Embedding of categories with many levels: a vector per level, fitted to the other columns of its rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from core.index.levels import level_codes, levels_of
from core.modalities.tabular.columns.base import COLUMN_ENCODERS, Block, is_category
from core.modalities.tabular.columns.hashing import MOST_KNOWN, HashEncoder, Vectors

if TYPE_CHECKING:
    import pandas as pd

    from core.index.schema import Column
    from core.modalities.tabular.config import EncodingConfig


@COLUMN_ENCODERS.register("embed")
@dataclass(frozen=True)
class EmbedEncoder(Vectors):
    """A category as fixed vectors, fitted so that levels of the same context lie near each other.

    A level's context is the mean of the other columns' encoded values over its training rows; the leading principal
    components of these means, standardised over rows, are its vector, and its last entry is how frequent it is. Rare
    levels are drawn towards the mean of all, which is also where an unseen level lies, as rare as can be.
    """

    levels: tuple[str, ...]
    vectors: tuple[tuple[float, ...], ...]
    rarest: float
    """The frequency entry of a level that was never seen."""
    indicator: bool
    zero_to_one: bool = False

    order: ClassVar[int] = 10

    @classmethod
    def takes(cls, values: pd.Series, column: Column, config: EncodingConfig) -> bool:
        """Categories where embeddings are chosen."""
        return is_category(column) and config.categories == "embed"

    @classmethod
    def context(cls, values: pd.Series, config: EncodingConfig) -> Block:
        """What the embeddings of other columns see of this one: signatures of its levels."""
        return HashEncoder.fit(values, size=config.hash_width, missing_indicator=False).transform(values)

    @classmethod
    def fit_in_context(cls, values: pd.Series, context: Block, config: EncodingConfig) -> EmbedEncoder:
        """An encoder of a column's training values by the settings of a table."""
        return cls.fit(
            values,
            context,
            size=config.hash_width,
            missing_indicator=config.missing_indicator,
            zero_to_one=config.numbers == "minmax",
        )

    @classmethod
    def fit(
        cls, values: pd.Series, context: Block, *, size: int, missing_indicator: bool, zero_to_one: bool = False
    ) -> EmbedEncoder:
        """An encoder of the training values; ``context`` are the other columns' encoded values, shape (rows, any)."""
        levels, missing = levels_of(values)
        levels = levels[:MOST_KNOWN]
        codes = level_codes(values, tuple(levels))
        counts = np.bincount(codes[codes >= 0], minlength=len(levels)).astype(np.float64)
        frequency = np.log10(np.append(counts, 0.5))
        weights = counts / max(counts.sum(), 1.0)
        means = _level_means(codes, counts, context)
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


def _level_means(codes: NDArray[np.int64], counts: Block, context: Block) -> Block:
    """The mean of the context over each level's rows, rare levels drawn towards the mean of all."""
    known = codes >= 0
    centred = context[known] - context[known].mean(axis=0) if known.any() else context[:0]
    means = np.zeros((len(counts), context.shape[1]))
    for column in range(context.shape[1]):
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
