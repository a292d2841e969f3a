"""Tail probabilities of each value of a row, column by column; ECOD and COPOD add them up.

In numpy and not through PyOD: that needs numba, llvmlite and matplotlib, 240 MB, takes seconds to import, and what it
says of a row depends on the rows that are asked about beside it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.baselines.base import Rows


@dataclass(frozen=True)
class Tails:
    """Sorted training values of each column, and where each leans."""

    values: NDArray[np.float32]
    """Shape (n, width), every column ascending."""
    skew: NDArray[np.float64]
    """The sign of each column's skewness: the tail on that side is where outliers are looked for."""

    @classmethod
    def fit(cls, x: Rows) -> Tails:
        """Learn from training rows."""
        centred = x - x.mean(axis=0, dtype=np.float64)
        return cls(np.sort(x, axis=0), np.sign((centred**3).mean(axis=0)))

    def rarity(self, x: Rows) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """Minus the logarithm of each value's share of the left tail, of the right, and of the one its column leans to.

        A row is counted together with the training rows, so that no share is zero.
        """
        n = len(self.values)
        left, right = np.empty(x.shape), np.empty(x.shape)
        for j in range(x.shape[1]):
            column = self.values[:, j]
            left[:, j] = np.searchsorted(column, x[:, j], side="right") + 1
            right[:, j] = n - np.searchsorted(column, x[:, j], side="left") + 1
        left, right = -np.log(left / (n + 1)), -np.log(right / (n + 1))
        # Where a column leans nowhere both tails count.
        return left, right, left * (self.skew <= 0) + right * (self.skew >= 0)
