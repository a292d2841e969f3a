"""What a kind of synthetic anomaly is: what it does to the numbers and to the categories of ordinary rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
Levels = NDArray[np.object_]


@dataclass(frozen=True)
class Ordinary:
    """Ordinary rows, as the kinds read them."""

    numbers: Numbers
    """Shape (n, numbers), NaN where missing; each column around its median, in robust standard deviations."""
    levels: Levels
    """Shape (n, categories): the values of all other columns as they are."""
    group: NDArray[np.int64]
    """The group of similar rows that each belongs to."""
    centres: Numbers
    """The mean of each group, shape (groups, numbers)."""


class AnomalyKind:
    """Base of the kinds; one is a small file with ``numbers`` and ``levels``."""

    title: ClassVar[str]
    """Its name on screen."""
    what: ClassVar[str]
    """One line on what gives such a row away."""
    order: ClassVar[int] = 100

    @staticmethod
    def numbers(rows: Ordinary, indices: NDArray[np.int64], rng: np.random.Generator) -> Numbers:
        """The numbers of anomalies made from the rows at some indices."""
        raise NotImplementedError

    @staticmethod
    def levels(rows: Ordinary, indices: NDArray[np.int64], rng: np.random.Generator) -> Levels:
        """The categories of the same anomalies."""
        raise NotImplementedError
