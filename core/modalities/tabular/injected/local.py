"""Local anomalies: rows too far from the mean of their own group."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.modalities.tabular.injected import KINDS
from core.modalities.tabular.injected.base import AnomalyKind, Levels, Numbers, Ordinary

SPREAD = 5.0
"""Factor on the covariance of a group (alpha)."""
_SHARE = 0.2


@KINDS.register("local")
class Local(AnomalyKind):
    """x' = m + sqrt(5) (x - m), m the mean of the row's group: its group's covariance, five times.

    Of the categories every fifth is drawn anew from its column.
    """

    title = "Local"
    what = "It strays farther from its group than the group's rows do."
    order = 0

    @staticmethod
    def numbers(rows: Ordinary, indices: NDArray[np.int64], rng: np.random.Generator) -> Numbers:
        """The rows, farther from the means of their groups."""
        centres = rows.centres[rows.group[indices]]
        moved: Numbers = centres + np.sqrt(SPREAD) * (rows.numbers[indices] - centres)
        return moved

    @staticmethod
    def levels(rows: Ordinary, indices: NDArray[np.int64], rng: np.random.Generator) -> Levels:
        """Every fifth from another row."""
        levels = rows.levels[indices]
        for column in range(levels.shape[1]):
            anew = rng.random(len(indices)) < _SHARE
            levels[anew, column] = rng.choice(rows.levels[:, column], int(anew.sum()))
        return levels
