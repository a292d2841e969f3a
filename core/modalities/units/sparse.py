"""Units that are mostly zeros: kept as the numbers that are there (CSR), filled out a batch at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from core.modalities.layout import Layout
from core.modalities.units.pooling import join_one_each

if TYPE_CHECKING:
    from torch import Tensor


class SparseRows:
    """Sparse samples, one unit each.

    Parameters
    ----------
    layout
        What the positions mean; of one axis, or several that are filled in their flat order.
    starts
        Where each row's numbers begin, and where the last one's end, shape (n + 1,).
    places
        The flat position of each number, shape (numbers,).
    values
        The numbers, shape (numbers,).
    fill
        What stands where there is none.
    """

    resident: Tensor | None = None

    def __init__(
        self,
        layout: Layout,
        starts: NDArray[np.int64],
        positions: NDArray[np.int32],
        values: NDArray[np.float32],
        fill: float = 0.0,
    ) -> None:
        assert len(positions) == len(values) == starts[-1]
        self.layout, self.fill = layout, fill
        self._starts, self._places, self._values = starts, positions, values

    def __len__(self) -> int:
        return len(self._starts) - 1

    def take(self, ids: Tensor, out: Tensor | None = None) -> Tensor:
        """Some units, filled out, shape (n, *layout.shape)."""
        import torch

        rows = ids.numpy()
        counts = self._starts[rows + 1] - self._starts[rows]
        row = np.repeat(np.arange(len(rows)), counts)
        # The place of each number among those of its row, moved to where the row begins.
        within = np.arange(len(row)) - np.repeat(np.cumsum(counts) - counts, counts)
        at = np.repeat(self._starts[rows], counts) + within
        x = torch.empty((len(rows), *self.layout.shape)) if out is None else out
        flat = x.fill_(self.fill).view(len(rows), -1)
        flat[torch.from_numpy(row), torch.from_numpy(self._places[at]).long()] = torch.from_numpy(self._values[at])
        return x

    def join(self, values: NDArray[Any], how: str = "") -> NDArray[Any]:
        """The numbers as they are."""
        return join_one_each(values, how)

    def loaded(self) -> SparseRows:
        """These units: filling them out costs next to nothing."""
        return self
