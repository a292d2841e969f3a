"""Units that are samples: encoded rows, in memory as one matrix or encoded when they are asked for."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from core.modalities.layout import Layout
from core.modalities.units.pooling import join_one_each

if TYPE_CHECKING:
    from torch import Tensor

Ids = NDArray[np.int64]


class ResidentRows:
    """Encoded samples that lie in memory, one unit each.

    Parameters
    ----------
    layout
        What the positions mean.
    x
        All units, shape (n, *layout.shape), float32.
    """

    def __init__(self, layout: Layout, x: NDArray[np.float32]) -> None:
        assert x.shape[1:] == layout.shape
        self.layout, self.x = layout, x

    def __len__(self) -> int:
        return len(self.x)

    @cached_property
    def resident(self) -> Tensor:
        """All of them."""
        import torch

        return torch.from_numpy(self.x)

    def take(self, ids: Tensor, out: Tensor | None = None) -> Tensor:
        """Some units, shape (n, *layout.shape)."""
        import torch

        return torch.index_select(self.resident, 0, ids, out=out)

    def join(self, values: NDArray[Any], how: str = "") -> NDArray[Any]:
        """The numbers as they are."""
        return join_one_each(values, how)

    def loaded(self) -> ResidentRows:
        """These units: they are in memory."""
        return self


class EncodedRows:
    """Samples that are read and encoded when they are asked for, one unit each.

    Parameters
    ----------
    layout
        What the positions mean.
    ids
        The samples.
    encode
        From numbers of samples to their units, shape (n, *layout.shape), float32.
    """

    resident: Tensor | None = None

    def __init__(self, layout: Layout, ids: Ids, encode: Callable[[Ids], NDArray[np.float32]]) -> None:
        self.layout, self.ids, self._encode = layout, ids, encode

    def __len__(self) -> int:
        return len(self.ids)

    def take(self, ids: Tensor, out: Tensor | None = None) -> Tensor:
        """Some units; those that lie beside each other are read fastest."""
        import torch

        x = torch.from_numpy(self._encode(self.ids[ids.numpy()]))
        return x if out is None else out.copy_(x)

    def join(self, values: NDArray[Any], how: str = "") -> NDArray[Any]:
        """The numbers as they are."""
        return join_one_each(values, how)

    def loaded(self) -> ResidentRows:
        """All units in memory, read and encoded a batch at a time."""
        from core.modalities.units.walking import units_per_batch

        x = np.empty((len(self.ids), *self.layout.shape), dtype=np.float32)
        step = units_per_batch(self.layout)
        for start in range(0, len(x), step):
            x[start : start + step] = self._encode(self.ids[start : start + step])
        return ResidentRows(self.layout, x)
