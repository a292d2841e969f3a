"""The nine regions of an image that people name: upper left, centre, lower edge."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

REGIONS = ("upper left", "upper edge", "upper right", "left edge", "centre", "right edge", "lower left", "lower edge",
           "lower right")  # fmt: skip


def region_of(height: int, width: int) -> NDArray[np.int64]:
    """The region of each place of an image or of a grid, shape (height, width)."""
    rows, columns = (np.minimum(np.arange(n) * 3 // max(n, 1), 2) for n in (height, width))
    return (3 * rows[:, None] + columns[None, :]).astype(np.int64)


def means(values: NDArray[np.float32]) -> NDArray[np.float64]:
    """The mean of each region of an image, shape (height, width); NaN of a region without a number."""
    flat, regions = values.reshape(-1).astype(np.float64), region_of(*values.shape).reshape(-1)
    known = ~np.isnan(flat)
    total = np.bincount(regions[known], flat[known], minlength=len(REGIONS))
    count = np.bincount(regions[known], minlength=len(REGIONS))
    return np.asarray(np.where(count > 0, total / np.maximum(count, 1), np.nan))
