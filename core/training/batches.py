"""Which units make up which batch: sizes, orders, and the units themselves, from one tensor or gathered."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from core.runtime import derive_seed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from core.modalities.contract import Units


@dataclass(frozen=True)
class Chunks:
    """Some units, a part at a time, gathered anew whenever they are gone through: none stays in memory."""

    units: TensorUnits | GatheredUnits
    parts: Sequence[Tensor]

    def __iter__(self) -> Iterator[Tensor]:
        """The parts in their order."""
        return (self.units.take(part) for part in self.parts)


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
            generator = torch.Generator().manual_seed(derive_seed(self._seed, wanted))
            # Drawn on the CPU: the same order on every device.
            order = torch.randperm(self._rows, generator=generator).to(self._device)
            self._batches = torch.split(order, self._sizes)
            self._pass = wanted
        return self._batches[place]


class TensorUnits:
    """Training units that are one tensor: on the device, or in main memory where the device has no room for it."""

    def __init__(self, x: Tensor | np.ndarray, device: torch.device) -> None:
        data = torch.from_numpy(x) if isinstance(x, np.ndarray) else x
        self.device = device
        self.resident = _has_room(data, device)
        self._data = data.to(device) if self.resident else data
        self.home = self._data.device
        """Where the units live, and where their numbers should."""

    def __len__(self) -> int:
        return len(self._data)

    def take(self, ids: Tensor, out: Tensor | None = None) -> Tensor:
        """Some of the units, on the device, in memory of their own or in ``out``."""
        if self.resident:
            return torch.index_select(self._data, 0, ids, out=out)
        return _moved(self._data.index_select(0, ids), self.device, out)

    def taking(self, ids: Any, out: Tensor) -> partial[object]:
        """The call that takes some of the units into ``out``, where they are resident; ``ids`` may be yet to come."""
        return partial(torch.ops.aten.index_select.out, self._data, 0, ids, out=out)


class GatheredUnits:
    """Training units that are gathered for every batch: windows, sparse rows, files that are read when asked for."""

    resident = False

    def __init__(self, units: Units, device: torch.device) -> None:
        self._units, self.device = units, device
        self.home = torch.device("cpu")

    def __len__(self) -> int:
        return len(self._units)

    def take(self, ids: Tensor, out: Tensor | None = None) -> Tensor:
        """Some of the units, on the device, in memory of their own or in ``out``."""
        if self.device.type == "cpu":
            return self._units.take(ids, out)
        return _moved(self._units.take(ids), self.device, out)


def training_units(units: Tensor | np.ndarray | Units, device: torch.device) -> TensorUnits | GatheredUnits:
    """What training takes its batches from; units that lie in memory as one tensor go to the device as a whole."""
    if isinstance(units, Tensor | np.ndarray):
        return TensorUnits(units, device)
    if units.resident is not None:
        return TensorUnits(units.resident, device)
    return GatheredUnits(units, device)


def _has_room(data: Tensor, device: torch.device) -> bool:
    """Whether a device has room for all of the units."""
    if device.type != "cuda":
        return True
    free, _ = torch.cuda.mem_get_info(device)
    return data.nbytes < 0.6 * free


def _moved(picked: Tensor, device: torch.device, out: Tensor | None) -> Tensor:
    """Units from main memory on the device, which need not wait for them."""
    if device.type == "cuda":
        picked = picked.pin_memory()
    return picked.to(device, non_blocking=True) if out is None else out.copy_(picked, non_blocking=True)
