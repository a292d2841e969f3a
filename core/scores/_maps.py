"""Numbers at each place of images: smoothed, and the worst of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

WORST_SHARE, WORST_LEAST = 0.03, 16
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


def standing_out(maps: Tensor, there: Tensor) -> Tensor:
    """The mean of the highest places of each map, less half of its median, shape (n,).

    Parameters
    ----------
    maps
        Shape (n, height, width).
    there
        1 where a place has a value, of the same shape; others count nowhere.
    """
    import torch

    flat = torch.where(there.flatten(1) > 0, maps.flatten(1), -torch.inf)
    known = (flat > -torch.inf).sum(dim=1)
    count = torch.minimum(known, (WORST_SHARE * known).long().clamp_min(WORST_LEAST)).clamp_min(1)
    ordered = flat.sort(dim=1, descending=True).values
    first = torch.arange(flat.shape[1], device=flat.device) < count[:, None]
    highest = torch.where(first, ordered, 0.0).sum(dim=1) / count
    middle = ordered.gather(1, ((known - 1).clamp_min(0) // 2)[:, None])[:, 0]
    return torch.where(known > 0, highest - 0.5 * middle, 0.0)
