"""Global anomalies: rows drawn uniformly from the range of the data."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.modalities.tabular.injected import KINDS
from core.modalities.tabular.injected.base import AnomalyKind, Levels, Numbers, Ordinary

STRETCH = 1.1
"""Factor on the range of each column (alpha)."""


@KINDS.register("global")
class Everywhere(AnomalyKind):
    """x'_j ~ U(range of column j, stretched by a tenth), each column alone; categories uniform over their levels."""

    title = "Global"
    what = "Its values lie anywhere between the least and the greatest."
    order = 1

    @staticmethod
    def numbers(rows: Ordinary, indices: NDArray[np.int64], rng: np.random.Generator) -> Numbers:
        """Uniform in the stretched ranges."""
        known = np.where(np.isnan(rows.numbers), 0.0, rows.numbers)
        low, high = known.min(axis=0), known.max(axis=0)
        middle, reach = (low + high) / 2, STRETCH * (high - low) / 2
        drawn: Numbers = rng.uniform(middle - reach, middle + reach, size=(len(indices), known.shape[1]))
        return drawn

    @staticmethod
    def levels(rows: Ordinary, indices: NDArray[np.int64], rng: np.random.Generator) -> Levels:
        """Every level as likely as any other."""
        levels = rows.levels[indices]
        for column in range(levels.shape[1]):
            known = list(dict.fromkeys(rows.levels[:, column].tolist()))
            levels[:, column] = [known[i] for i in rng.integers(len(known), size=len(indices))]
        return levels
