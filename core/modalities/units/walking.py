"""Units taken one batch after the other, in batches of so many bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from core.modalities.contract import Units
    from core.modalities.layout import Layout

BATCH_BYTES = 128 << 20
"""Units that are read, encoded and scored at a time, in bytes as float32."""
MOST = 65_536
"""Units of a batch at most: small ones take as much memory again where they are read."""
WHOLE = 2_048
"""Batches hold a multiple of so many units where these are small."""


def units_per_batch(layout: Layout) -> int:
    """How many units of a layout make a batch."""
    count = min(MOST, max(1, BATCH_BYTES // (4 * layout.size)))
    return count - count % WHOLE if count > WHOLE else count


def batches(units: Units) -> Iterator[tuple[slice, NDArray[np.float32]]]:
    """All units in order, a batch at a time: their places and their numbers, shape (n, *layout.shape)."""
    import torch

    step = units_per_batch(units.layout)
    for start in range(0, len(units), step):
        place = slice(start, min(start + step, len(units)))
        yield place, units.take(torch.arange(place.start, place.stop)).numpy()


def n_batches(units: Units) -> int:
    """How many batches there are."""
    return -(-len(units) // units_per_batch(units.layout))


def gathered(units: Units, indices: NDArray[np.int64] | None = None) -> NDArray[np.float32]:
    """All units in memory, or those at some places, shape (n, *layout.shape)."""
    if indices is not None:
        import torch

        return units.take(torch.from_numpy(indices)).numpy()
    if units.resident is not None:
        return units.resident.numpy()
    x = np.empty((len(units), *units.layout.shape), dtype=np.float32)
    for place, batch in batches(units):
        x[place] = batch
    return x


def per_batch(units: Units, compute: Callable[[NDArray[np.float32]], NDArray[Any]]) -> NDArray[Any]:
    """What a function makes of each batch, one after the other along the first axis."""
    found = [compute(batch) for _, batch in batches(units)]
    return np.concatenate(found) if found else compute(np.empty((0, *units.layout.shape), dtype=np.float32))
