"""From numbers of units to numbers of samples, where a sample is covered by several units."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import DataError

IntArray = NDArray[np.int64]
HOW = ("mean", "max")


class Pooling:
    """Which samples each unit covers, and how what is found in units comes together.

    Parameters
    ----------
    unit, sample
        Pairs: this unit covers this sample, both counted from 0, shape (pairs,).
    units, samples
        How many there are of either.
    how
        "mean" or "max" of the units that cover a sample.

    Raises
    ------
    DataError
        When a sample is covered by no unit.
    """

    def __init__(self, unit: IntArray, sample: IntArray, *, units: int, samples: int, how: str = "mean") -> None:
        assert how in HOW
        # By sample, and within it by unit: the order in which numbers are added is always the same.
        order = np.lexsort((unit, sample))
        self._unit, self.units, self.samples, self.how = np.asarray(unit)[order], units, samples, how
        self._count = np.bincount(sample, minlength=samples)
        if samples and not self._count.all():
            raise DataError(
                f"Every sample must be covered by a unit. {int((self._count == 0).sum()):,} of {samples:,} are not: "
                "they are shorter than a window. Choose a shorter window."
            )
        self._start = np.cumsum(self._count) - self._count

    def join(self, values: NDArray[Any], how: str = "") -> NDArray[Any]:
        """Numbers per unit, shape (..., units), pooled to numbers per sample, shape (..., samples)."""
        assert values.shape[-1] == self.units
        if not self.samples:
            return np.zeros((*values.shape[:-1], 0), dtype=values.dtype)
        flat = values.reshape(-1, self.units)
        joined = np.empty((len(flat), self.samples), dtype=values.dtype)
        for k, row in enumerate(flat):
            covering = row[self._unit]
            if (how or self.how) == "max":
                joined[k] = np.maximum.reduceat(covering, self._start)
            else:
                joined[k] = np.add.reduceat(covering, self._start) / self._count
        return joined.reshape(*values.shape[:-1], self.samples)


def join_one_each(values: NDArray[Any], how: str = "") -> NDArray[Any]:
    """The join where every unit is one sample."""
    return values
