"""How alike two images are to the eye: the structural similarity of each place (Wang et al., 2004)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

WINDOW = 7
"""Places of a side of the square that is compared."""
_C1, _C2 = 0.01**2, 0.03**2


def ssim(x: Tensor, y: Tensor, window: int = WINDOW) -> Tensor:
    """The structural similarity of two batches of images between 0 and 1, of their shape: 1 where they are equal.

    Squares are means over a square window, mirrored at the borders.
    """
    import torch

    size = min(window, x.shape[-1], x.shape[-2])
    size -= 1 - size % 2
    half = size // 2

    def mean(values: Tensor) -> Tensor:
        padded = torch.nn.functional.pad(values, (half,) * 4, mode="reflect") if half else values
        return torch.nn.functional.avg_pool2d(padded, size, 1)

    mx, my = mean(x), mean(y)
    xx, yy, xy = mean(x * x) - mx * mx, mean(y * y) - my * my, mean(x * y) - mx * my
    alike: Tensor = ((2 * mx * my + _C1) * (2 * xy + _C2)) / ((mx * mx + my * my + _C1) * (xx + yy + _C2))
    return alike
