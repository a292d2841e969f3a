"""Clustered anomalies: groups of rows that lie apart from all others, close to each other."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.modalities.tabular.injected import KINDS
from core.modalities.tabular.injected.base import AnomalyKind, Levels, Numbers, Ordinary

SHIFT = 5.0
"""Factor on the mean of a group (alpha)."""


@KINDS.register("cluster")
class Cluster(AnomalyKind):
    """x' = x + 4 (m - c), m the mean of the row's group and c that of all rows: the group, five times as far out.

    The categories of such a group are all those of one of its rows.
    """

    title = "Cluster"
    what = "It belongs to a small group that lies apart."
    order = 3

    @staticmethod
    def numbers(rows: Ordinary, indices: NDArray[np.int64], rng: np.random.Generator) -> Numbers:
        """The rows, moved with their groups."""
        sizes = np.bincount(rows.group, minlength=len(rows.centres))
        middle = np.average(rows.centres, axis=0, weights=sizes)
        moved: Numbers = rows.numbers[indices] + (SHIFT - 1) * (rows.centres[rows.group[indices]] - middle)
        return moved

    @staticmethod
    def levels(rows: Ordinary, indices: NDArray[np.int64], rng: np.random.Generator) -> Levels:
        """One row's levels for all of a group."""
        levels, groups = rows.levels[indices], rows.group[indices]
        for group in np.unique(groups):
            levels[groups == group] = levels[rng.choice(np.flatnonzero(groups == group))]
        return levels
