"""How well maps find what masks mark: by pixel, and by region, each of which counts the same however large it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FALSE_SHARE = 0.3
"""The share of unmarked pixels up to which regions are looked at (Bergmann et al., 2020)."""
_STEPS = 300


@dataclass(frozen=True)
class PixelFigures:
    """What maps are worth against masks."""

    auroc: float
    average_precision: float
    pro: float
    """Per-region overlap: the mean share of a region that is found, over shares of false pixels up to 30 %."""
    images: int
    """Images with a mask that marks something."""
    regions: int


def pixel_figures(maps: Sequence[NDArray[np.floating]], masks: Sequence[NDArray[np.bool_]]) -> PixelFigures | None:
    """The figures of some images; None where no mask marks anything, or everything.

    Parameters
    ----------
    maps
        How odd each pixel is, higher is odder; shape (height, width) each.
    masks
        What is marked, of the same shapes; of normal images nothing.
    """
    from scipy.ndimage import label
    from sklearn.metrics import average_precision_score, roc_auc_score

    scores = np.concatenate([np.asarray(one, dtype=np.float64).ravel() for one in maps]) if maps else np.empty(0)
    marked = np.concatenate([one.ravel() for one in masks]) if masks else np.empty(0, bool)
    if not marked.any() or marked.all():
        return None
    eight = np.ones((3, 3), dtype=int)
    regions = []
    for one, mask in zip(maps, masks, strict=True):
        if mask.any():
            places, count = label(mask, structure=eight)
            regions += [np.sort(one[places == k]) for k in range(1, count + 1)]
    shares = np.linspace(0, FALSE_SHARE, _STEPS + 1)
    limits = np.quantile(scores[~marked], 1 - shares)
    found = np.mean([1 - np.searchsorted(one, limits, side="left") / len(one) for one in regions], axis=0)
    return PixelFigures(
        auroc=float(roc_auc_score(marked, scores)),
        average_precision=float(average_precision_score(marked, scores)),
        pro=float(np.trapezoid(found, shares) / FALSE_SHARE),
        images=sum(bool(mask.any()) for mask in masks),
        regions=len(regions),
    )
