"""What is settled before the first batch: how long to train, and which rows are watched."""

import math

import numpy as np
import torch
from torch import Tensor

from core.recipe import TrainingConfig

WATCHED = 8192
"""Validation rows that are looked at after each epoch, a fixed sample of them where there are more."""
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


def watched_rows(validation: Tensor | np.ndarray | None, seed: int, device: torch.device) -> Tensor | None:
    """The validation rows on the device, or a fixed sample of them; None where there are none."""
    if validation is None or not len(validation):
        return None
    data = torch.from_numpy(validation) if isinstance(validation, np.ndarray) else validation
    if len(data) > WATCHED:
        generator = torch.Generator().manual_seed(seed)
        data = data[torch.randperm(len(data), generator=generator)[:WATCHED].sort().values]
    return data.to(device)
