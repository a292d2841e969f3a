"""Two grids of features in one block: fine ones, folded so that four places lie over each other, and coarse ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

FINE, COARSE, FOLD = 88, 192, 2
CHANNELS = FINE * FOLD * FOLD + COARSE
"""Channels of a block: of the fine grid, which is twice as fine, and of the coarse one."""


def grids(block: Tensor) -> list[Tensor]:
    """The grids of some blocks, shape (n, channels, height, width), the finest first; anything else as it is."""
    import torch

    if block.shape[1] != CHANNELS:
        return [block]
    folded = FINE * FOLD * FOLD
    return [torch.nn.functional.pixel_shuffle(block[:, :folded], FOLD), block[:, folded:]]


def block_of(parts: list[Tensor]) -> Tensor:
    """The block that :func:`grids` took apart."""
    import torch

    if len(parts) == 1:
        return parts[0]
    return torch.cat([torch.nn.functional.pixel_unshuffle(parts[0], FOLD), parts[1]], dim=1)
