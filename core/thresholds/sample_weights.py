"""How many samples of the data as it came each judged sample stands for: a rate is of the data, not of a split.

A split changes the mix of what is judged: where half of the normal samples train, the other half stands for all of
them, and each anomaly for itself. Every rate (alerts a day, shares, budgets, costs) is counted with these weights. The
strata are the classes; what is judged of a class stands for the samples of that class in all parts.
"""

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from core.metrics.groups import CLASSES, PARTS

CHANGED = 0.25
"""Weights that are further apart than this share of them say that the split has changed the mix, not chance."""


def sample_weights(totals: NDArray[np.int64], parts: Iterable[str]) -> dict[str, float]:
    """The weight of a judged sample of each class; 0 for a class of which none is judged.

    Parameters
    ----------
    totals
        Samples of each part and class, shape (parts, classes), as :attr:`core.metrics.groups.ScoreGroups.totals`.
    parts
        The parts that are judged.
    """
    judged = totals[[PARTS.index(part) for part in parts]].sum(axis=0)
    came = totals.sum(axis=0)
    return {name: float(whole / some) if some else 0.0 for name, some, whole in zip(CLASSES, judged, came, strict=True)}


def is_changed(weights: Mapping[str, float]) -> bool:
    """Whether judged samples of one class stand for more samples each than those of another."""
    some = [weight for weight in weights.values() if weight]
    return bool(some) and max(some) > (1 + CHANGED) * min(some)
