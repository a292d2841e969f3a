"""Whether a training went astray: its networks are far worse than before the first step, or were and learnt nothing.

A learning rate that is too large need not end in numbers that are none: with Adam the loss stays finite, at ten or at
ten billion times what the untrained network had. Losses are compared on the same rows, so that a few rows that are far
out count alike in both.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from core.errors import TrainingError

ROWS = 256
"""Training units that are looked at, at most, spread evenly over all: enough for losses that are ten times apart."""
NUMBERS = 1 << 24
"""And so many numbers in them: images are read from their files for it."""
WORSE = 10.0
"""How many times the untrained network's loss is astray at the end."""
PEAK = 100.0
"""How many times it is astray on the way, for networks that have learnt next to nothing at the end."""
LEARNT = 0.8
"""The share of the untrained network's loss above which next to nothing was learnt."""


def rows_to_compare(units: int, shape: Sequence[int]) -> Tensor:
    """The places of the units that are looked at, each of a shape."""
    most = max(1, min(units, ROWS, NUMBERS // max(1, math.prod(shape))))
    return torch.tensor([int(i * units / most) for i in range(most)])


def astray(untrained: float, kept: float, last: float, peak: float) -> str:
    """What went wrong, as the beginning of a sentence; empty where nothing did.

    Parameters
    ----------
    untrained, kept, last
        The loss over the same rows with the weights before the first step, those that are kept, and the last ones.
    peak
        The highest training loss of an epoch.
    """
    # A loss that may be negative has no multiples, and one that is no number even now says nothing of the weights.
    if not 0 < untrained < math.inf:
        return ""
    for loss in (kept, last):
        if not loss <= WORSE * untrained:  # nor NaN
            return f"The training diverged: the loss is {loss:.3g}, and was {untrained:.3g} before the first step"
    if peak > PEAK * untrained and kept > LEARNT * untrained:
        return (
            f"The training diverged: the loss rose to {peak:.3g} on the way, and is {kept:.3g} now, after "
            f"{untrained:.3g} before the first step"
        )
    return ""


def failure(what: str, rate: float, clip: float, good_epoch: int) -> TrainingError:
    """A training that failed, with what to try.

    Parameters
    ----------
    what
        The beginning of the sentence.
    rate
        The learning rate that was too large.
    clip
        The longest gradient that was let through; 0 is no limit.
    good_epoch
        The epoch whose weights are kept; 0 where none was good.
    """
    remedies = [f"a learning rate below {rate:g}", *([] if clip else ["gradient clipping at 1"])]
    remedies.append("an encoding that scales large values (quantile, robust)")
    kept = f"The weights of epoch {good_epoch} are kept" if good_epoch else "No epoch before it was good"
    return TrainingError(f"{what}. Try {', or '.join(remedies)}. {kept}.")
