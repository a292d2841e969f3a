"""Ordinary units to compare with: which of them are like one, and what these have in one of its parts."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.modalities.layout import Layout

Places = NDArray[np.int64]

NEIGHBOURS = 15
"""Units that are looked at to say what units like this one have; 5 and 30 named planted changes as well."""
FARTHEST = 3.0
"""Two units differ by no more than this at a position, so that one wild value does not choose the neighbours."""

_FEW = 4


class ReferenceUnits:
    """Units of normal training samples that others are compared with; all are flat.

    Parameters
    ----------
    x
        The units, shape (n, positions).
    layout
        The part of each position.
    ids
        The sample of each unit, so that a sample is not compared with itself; may be left out.
    """

    def __init__(self, x: NDArray[np.float32], layout: Layout, ids: NDArray[np.int64] | None = None) -> None:
        self.x = np.ascontiguousarray(x, dtype=np.float32)
        self.ids = np.full(len(x), -1, dtype=np.int64) if ids is None else ids
        self.n_parts = layout.n_parts
        flat = layout.flat_parts
        order = np.argsort(flat, kind="stable")
        ends = np.cumsum(np.bincount(flat, minlength=self.n_parts))
        self._positions = np.split(order, ends[:-1])
        self._places = [_slice(positions) for positions in self._positions]
        widths = {len(positions) for positions in self._positions}
        in_order = bool((order == np.arange(len(order))).all())
        self._width = widths.pop() if in_order and len(widths) == 1 else 0
        """How many positions each part has, where all have as many and lie one after the other; else 0."""
        # Where a unit has no value it is the usual one that is compared.
        self._columns = np.nan_to_num(np.ascontiguousarray(self.x.T), copy=False)

    def __len__(self) -> int:
        return len(self.x)

    def positions_of(self, part: int) -> slice | Places:
        """The positions of a part; a slice where they lie side by side."""
        return self._places[part]

    def positions(self, part: int) -> Places:
        """The positions of a part, ascending."""
        return self._positions[part]

    def part_distances(self, unit: NDArray[np.float32]) -> NDArray[np.float32]:
        """Squared distance to each reference unit by part, each position capped, shape (parts, n)."""
        gap = self._columns - np.nan_to_num(np.asarray(unit, dtype=np.float32))[:, None]
        np.clip(gap, -FARTHEST, FARTHEST, out=gap)
        np.square(gap, out=gap)
        if 0 < self._width <= _FEW:
            # Thousands of parts at once: they are added up in the same order.
            together: NDArray[np.float32] = np.add.reduce(gap.reshape(self.n_parts, self._width, len(self)), axis=1)
            return together
        apart = np.empty((self.n_parts, len(self)), dtype=np.float32)
        # Several times as fast as numpy's reduceat along the first axis.
        for part in range(self.n_parts):
            np.add.reduce(gap[self.positions_of(part)], axis=0, out=apart[part])
        return apart

    def nearest(self, apart: NDArray[np.float32], count: int = NEIGHBOURS, exclude: int = -1) -> Places:
        """Places of the units nearest to one, the nearest first; by all positions.

        Parameters
        ----------
        apart
            What :meth:`apart` says of the unit.
        count
            How many, fewer where there are fewer.
        exclude
            The unit's own sample, which is left out.
        """
        apart = apart.sum(axis=0)
        apart[self._is(exclude)] = np.inf
        count = min(count, int(np.isfinite(apart).sum()))
        some = np.argpartition(apart, count - 1)[:count] if count < len(apart) else np.arange(len(apart))
        found: Places = some[np.argsort(apart[some], kind="stable")][:count].astype(np.int64)
        return found

    def expected(self, apart: NDArray[np.float32], parts: NDArray[np.integer], exclude: int = -1) -> Places:
        """For each of some parts the reference unit whose values are what units like this one have there.

        Units like this one are the nearest by all *other* parts; of their values it is the one in the middle, the
        medoid: a median that somebody had, and a category among the most frequent ones.

        Parameters
        ----------
        apart
            What :meth:`apart` says of the unit.
        parts
            Which.
        exclude
            The unit's own sample, which is left out.

        Returns
        -------
        Places in ``x``, shape (parts,).
        """
        itself = self._is(exclude)
        others = apart.sum(axis=0) - apart[parts]
        others[:, itself] = np.inf
        count = min(NEIGHBOURS, len(self) - int(itself.sum()))
        near = np.argpartition(others, count - 1, axis=1)[:, :count]
        chosen = np.empty(len(parts), dtype=np.int64)
        positions = [self._positions[part] for part in parts]
        widths = np.array([len(one) for one in positions])
        for width in np.unique(widths):
            some = np.flatnonzero(widths == width)
            columns = np.stack([positions[k] for k in some])
            values = np.nan_to_num(self.x[near[some][:, :, None], columns[:, None, :]], copy=False)
            gaps = np.linalg.norm(values[:, :, None] - values[:, None], axis=3).sum(axis=2)
            chosen[some] = near[some, gaps.argmin(axis=1)]
        return chosen

    def _is(self, exclude: int) -> NDArray[np.bool_]:
        """Which reference units are of the sample itself; none where there are no others."""
        itself: NDArray[np.bool_] = (self.ids == exclude) & (exclude >= 0)
        return itself if not itself.all() else np.zeros(len(self), dtype=bool)


def _slice(positions: Places) -> slice | Places:
    """Positions as a slice where they lie side by side, which is quicker to read."""
    if len(positions) and positions[-1] - positions[0] == len(positions) - 1:
        return slice(int(positions[0]), int(positions[-1]) + 1)
    return positions
