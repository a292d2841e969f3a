"""What the positions of a unit mean: their axes, their names, which belong together, and what stands for a blank."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    IntArray = NDArray[np.int64]


@dataclass(frozen=True)
class Layout:
    """The meaning of a unit's positions.

    A *part* is what people name: a feature of a table, a channel, a tile, a token. Several positions may belong to one.
    """

    axes: tuple[str, ...]
    """``("feature",)``, ``("time", "channel")``, …"""
    shape: tuple[int, ...]
    """Positions along each axis."""
    names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """What the positions along an axis are called, where they have names: ``{"channel": ("rpm", "temperature")}``."""
    parts: tuple[str, ...] = ()
    """What people call the parts."""
    part_of: IntArray | None = None
    """The part of each position, of the layout's shape; None where every position is a part of its own."""
    blank: float | None = None
    """What stands at a position that has no value (not rated, missing, padding): NaN, or the number of a token. It
    counts neither in the loss nor in the score. None where every position of every unit has a value."""
    minor: NDArray[np.bool_] | None = None
    """Which positions networks neither read nor rebuild, flat; scores that look at units themselves see them. None
    where there is none."""
    copies: NDArray[np.bool_] | None = None
    """Which positions say again, on another scale, what another position says, flat; None where none does."""

    @property
    def size(self) -> int:
        """How many positions there are."""
        return math.prod(self.shape)

    @property
    def flat_parts(self) -> IntArray:
        """The part of each position, flat, shape (size,)."""
        import numpy as np

        return np.arange(self.size) if self.part_of is None else self.part_of.reshape(-1)

    @property
    def part_names(self) -> tuple[str, ...]:
        """What people call each part; numbered where they have no names."""
        return self.parts or tuple(f"{self.axes[-1]} {part + 1}" for part in range(self.n_parts))

    @property
    def n_parts(self) -> int:
        """How many parts there are."""
        return len(self.parts) or (self.size if self.part_of is None else int(self.part_of.max()) + 1)
