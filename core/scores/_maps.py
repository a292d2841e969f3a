"""Numbers at each place of images: smoothed, and the worst of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

WORST_SHARE, WORST_LEAST = 0.01, 16
"""The share of the places of a map whose mean is its score, and how many these are at least."""


def smoothed(maps: Tensor, sigma: float = 1.0) -> Tensor:
    """Maps, shape (n, height, width), blurred by a Gaussian of so many places, mirrored at the borders."""
    import torch

    radius = max(1, round(3 * sigma))
    at = torch.arange(-radius, radius + 1, dtype=maps.dtype, device=maps.device)
    weights = torch.exp(-0.5 * (at / sigma) ** 2)
    weights = weights / weights.sum()
    found = maps[:, None]
    for axis in (2, 3):
        reach = min(radius, found.shape[axis] - 1)
        if not reach:
            continue
        own = weights[radius - reach : radius + reach + 1]
        own = own / own.sum()
        pad = (0, 0, reach, reach) if axis == 2 else (reach, reach, 0, 0)
        padded = torch.nn.functional.pad(found, pad, mode="reflect")
        # Added place by place: the result of a convolution of the library may depend on how many images there are.
        length = found.shape[axis]
        found = sum(own[k] * padded.narrow(axis, k, length) for k in range(2 * reach + 1))  # type: ignore[assignment]
    return found[:, 0]


def worst(maps: Tensor) -> Tensor:
    """The mean of the highest places of each map, shape (n,)."""
    flat = maps.flatten(1)
    count = min(flat.shape[1], max(WORST_LEAST, int(WORST_SHARE * flat.shape[1])))
    return flat.topk(count, dim=1).values.mean(dim=1)
