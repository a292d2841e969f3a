"""Units that are read one by one when they are asked for, such as images: the last ones stay, up to so many bytes."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from core.modalities.layout import Layout
from core.modalities.units.pooling import Pooling, join_one_each

if TYPE_CHECKING:
    from torch import Tensor

CACHE_BYTES = 512 << 20


class CachedUnits:
    """Units behind a function that reads one of them.

    Parameters
    ----------
    layout
        What the positions mean.
    count
        How many there are.
    read
        From the place of a unit to its numbers, of the layout's shape. May be called by several threads. Only units are
        kept: where several are cut from one file, remember the last files read too (:func:`functools.lru_cache`).
    pooling
        How samples come from units; each unit is a sample by default.
    cache_bytes
        What is kept in memory at most; the units that were not asked for longest go first.
    """

    resident: Tensor | None = None

    def __init__(
        self,
        layout: Layout,
        count: int,
        read: Callable[[int], NDArray[Any]],
        *,
        pooling: Pooling | None = None,
        cache_bytes: int = CACHE_BYTES,
    ) -> None:
        assert pooling is None or pooling.units == count
        self.layout, self._count, self._read, self._pooling = layout, count, read, pooling
        self._most, self.cached_bytes = cache_bytes, 0
        """``cached_bytes``: what is kept in memory now."""
        self._kept: OrderedDict[int, NDArray[np.float32]] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return self._count

    def take(self, ids: Tensor, out: Tensor | None = None) -> Tensor:
        """Some units, read where they are not in memory, shape (n, *layout.shape)."""
        import torch

        x = torch.empty((len(ids), *self.layout.shape)) if out is None else out
        for place, one in enumerate(ids.tolist()):
            x[place] = torch.from_numpy(self._unit(one))
        return x

    def join(self, values: NDArray[Any], how: str = "") -> NDArray[Any]:
        """Numbers per unit as numbers per sample."""
        return join_one_each(values, how) if self._pooling is None else self._pooling.join(values, how)

    def loaded(self) -> CachedUnits:
        """These units: there may be more than memory has room for."""
        return self

    def _unit(self, one: int) -> NDArray[np.float32]:
        with self._lock:
            found = self._kept.get(one)
            if found is not None:
                self._kept.move_to_end(one)
                return found
        found = np.ascontiguousarray(self._read(one), dtype=np.float32)
        assert found.shape == self.layout.shape
        with self._lock:
            if one not in self._kept and found.nbytes <= self._most:
                self._kept[one] = found
                self.cached_bytes += found.nbytes
                while self.cached_bytes > self._most:
                    self.cached_bytes -= self._kept.popitem(last=False)[1].nbytes
        return found
