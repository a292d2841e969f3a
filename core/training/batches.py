"""Which rows make up which batch: sizes, orders, and the rows themselves where they fit on the device."""

from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor

from core.runtime import mix


def batch_sizes(rows: int, batch: int) -> list[int]:
    """The sizes of a pass's batches, in order.

    The last one is what is left, as everywhere. A rest of a single row joins the batch before it: batch normalisation
    cannot work on one row, and its gradient would be that row's noise.
    """
    full, rest = divmod(rows, batch)
    sizes = [batch] * full
    if rest == 1 and full:
        sizes[-1] += 1
    elif rest:
        sizes.append(rest)
    return sizes


class Orders:
    """A member's order of the rows in each pass, drawn from the run's seed, so that any step can be found again."""

    def __init__(self, rows: int, sizes: list[int], seed: int, device: torch.device) -> None:
        self._rows, self._sizes, self._seed, self._device = rows, sizes, seed, device
        self.largest = max(sizes)
        """Rows of the largest batch."""
        self._pass = -1
        self._batches: tuple[Tensor, ...] = ()

    def batch(self, step: int) -> Tensor:
        """The rows of a step, counted from 0."""
        wanted, place = divmod(step, len(self._sizes))
        if wanted != self._pass:
            generator = torch.Generator().manual_seed(mix(self._seed, wanted))
            # Drawn on the CPU: the same order on every device.
            order = torch.randperm(self._rows, generator=generator).to(self._device)
            self._batches = torch.split(order, self._sizes)
            self._pass = wanted
        return self._batches[place]


class Rows:
    """The training rows: one tensor on the device, or in main memory where the device has no room for it."""

    def __init__(self, x: Tensor | np.ndarray, device: torch.device) -> None:
        data = torch.from_numpy(x) if isinstance(x, np.ndarray) else x
        self.device = device
        self.resident = _fits(data, device)
        self._data = data.to(device) if self.resident else data
        self.home = self._data.device
        """Where the rows live, and where their numbers should."""

    def __len__(self) -> int:
        return len(self._data)

    def take(self, rows: Tensor, out: Tensor | None = None) -> Tensor:
        """Some of the rows, on the device, in memory of their own or in ``out``."""
        if self.resident:
            return torch.index_select(self._data, 0, rows, out=out)
        picked = self._data.index_select(0, rows).pin_memory()
        return picked.to(self.device, non_blocking=True) if out is None else out.copy_(picked, non_blocking=True)

    def taking(self, rows: Any, out: Tensor) -> partial[object]:
        """The call that takes some of the rows into ``out``, where they are resident; ``rows`` may be yet to come."""
        return partial(torch.ops.aten.index_select.out, self._data, 0, rows, out=out)


def _fits(data: Tensor, device: torch.device) -> bool:
    if device.type != "cuda":
        return True
    free, _ = torch.cuda.mem_get_info(device)
    return data.nbytes < 0.6 * free
