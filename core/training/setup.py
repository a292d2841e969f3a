"""What is settled before the first batch: how long to train, and which validation units are watched."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from core.recipe import TrainingConfig
from core.runtime import units_at_once

if TYPE_CHECKING:
    from core.modalities.contract import Units

WATCHED = 8192
"""Validation units that are looked at after each epoch, a fixed sample of them where there are more."""
_KEPT_BYTES = 512 << 20
"""Units beyond this are gathered again in every epoch instead of being kept on the device."""
_RECORDS = 20
"""Epochs that a run with a given number of steps has at least."""


def plan(config: TrainingConfig, batches: int) -> tuple[int, int, int]:
    """Steps per epoch, epochs, and steps in total, for a pass of so many batches.

    With a number of steps given, an epoch is a pass, or a twentieth of the steps where a pass is longer than that, so
    that a run over millions of rows can be watched too.
    """
    if not config.steps:
        return batches, config.epochs, config.epochs * batches
    per_epoch = min(batches, math.ceil(config.steps / _RECORDS))
    return per_epoch, math.ceil(config.steps / per_epoch), config.steps


class WatchedUnits:
    """The validation units, or a fixed sample of them, a chunk at a time on the device.

    Parameters
    ----------
    validation
        At least one unit.
    seed
        Of the sample.
    device
        Where they are looked at.
    """

    def __init__(self, validation: Tensor | np.ndarray | Units, seed: int, device: torch.device) -> None:
        ids = None
        if len(validation) > WATCHED:
            generator = torch.Generator().manual_seed(seed)
            ids = torch.randperm(len(validation), generator=generator)[:WATCHED].sort().values
        self._length, self._device = min(len(validation), WATCHED), device
        self._kept: Tensor | None = None
        if isinstance(validation, Tensor | np.ndarray):
            data = torch.from_numpy(validation) if isinstance(validation, np.ndarray) else validation
            self._kept = (data if ids is None else data[ids]).to(device)
            self._shape: tuple[int, ...] = tuple(data.shape[1:])
            return
        self._units, self._shape = validation, validation.layout.shape
        self._ids = torch.arange(self._length) if ids is None else ids
        if 4 * validation.layout.size * self._length <= _KEPT_BYTES:
            self._kept = validation.take(self._ids).to(device)

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[Tensor]:
        """All of them, in chunks of so many bytes at most."""
        step = units_at_once(self._shape)
        if self._kept is not None:
            yield from torch.split(self._kept, step)
            return
        for some in torch.split(self._ids, step):
            yield self._units.take(some).to(self._device)


def watched_units(
    validation: Tensor | np.ndarray | Units | None, seed: int, device: torch.device
) -> WatchedUnits | None:
    """What validates after each epoch; None where nothing does."""
    return None if validation is None or not len(validation) else WatchedUnits(validation, seed, device)
