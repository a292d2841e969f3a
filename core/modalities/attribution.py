"""Errors, or shares of a score, per position of a unit, with named axes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.errors import ConfigError
from core.modalities.layout import Layout

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


_MANY = 4_096
"""Positions beyond which they are added up sample by sample."""


@dataclass(frozen=True)
class Attribution:
    """What each position of some units has to do with their scores."""

    values: Floats
    """Never negative, shape (n, *layout.shape)."""
    layout: Layout

    def __post_init__(self) -> None:
        assert self.values.shape[1:] == self.layout.shape

    def along(self, *axes: str) -> Floats:
        """The values along some axes, summed over all others, shape (n, one size per axis, in the order given).

        Raises
        ------
        ConfigError
            When the units have no such axis.
        """
        unknown = [axis for axis in axes if axis not in self.layout.axes]
        if unknown:
            raise ConfigError(f"There is no axis {unknown[0]!r}. The axes are {', '.join(self.layout.axes)}.")
        others = tuple(1 + k for k, axis in enumerate(self.layout.axes) if axis not in axes)
        kept = [axis for axis in self.layout.axes if axis in axes]
        summed = self.values.sum(axis=others) if others else self.values
        return summed.transpose([0, *(1 + kept.index(axis) for axis in axes)])

    def by_part(self) -> Floats:
        """The values added up per part (feature, channel, tile, token), shape (n, parts)."""
        import numpy as np

        flat = self.values.reshape(len(self.values), -1)
        summed = np.zeros((len(flat), self.layout.n_parts))
        if self.layout.size > _MANY:
            for one, into in zip(flat, summed, strict=True):
                into[:] = np.bincount(self.layout.flat_parts, one, minlength=self.layout.n_parts)
            return summed
        # One position after the other: the sum of a part does not depend on how many there are.
        for position, part in enumerate(self.layout.flat_parts):
            summed[:, part] += flat[:, position]
        return summed

    def shares(self) -> Floats:
        """:meth:`by_part` as shares that add up to 1; where nothing counts, every part the same."""
        return shares_of(self.by_part())


def shares_of(by_part: Floats) -> Floats:
    """Numbers per part, shape (n, parts), as shares that add up to 1; where nothing counts, every part the same."""
    import numpy as np

    total = by_part.sum(axis=1, keepdims=True)
    return np.where(total > 0, by_part / np.where(total > 0, total, 1.0), 1.0 / by_part.shape[1])
