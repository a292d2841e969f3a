"""Dependency anomalies: values that are ordinary one by one and do not go together."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.modalities.tabular.injected import KINDS
from core.modalities.tabular.injected.base import AnomalyKind, Levels, Numbers, Ordinary


@KINDS.register("dependency")
class Dependency(AnomalyKind):
    """Each column in an order of its own: every value occurs as often as before, and nothing goes together."""

    title = "Dependency"
    what = "Each value is ordinary, but not beside the others."
    order = 2

    @staticmethod
    def numbers(rows: Ordinary, indices: NDArray[np.int64], rng: np.random.Generator) -> Numbers:
        """The columns, each shuffled."""
        return rng.permuted(rows.numbers[indices], axis=0)

    @staticmethod
    def levels(rows: Ordinary, indices: NDArray[np.int64], rng: np.random.Generator) -> Levels:
        """The columns, each shuffled."""
        return rng.permuted(rows.levels[indices], axis=0)
