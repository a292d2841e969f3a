"""The threshold as the user says it."""

import numpy as np
from numpy.typing import NDArray

from core.thresholds import THRESHOLDS
from core.thresholds.base import ThresholdRule


@THRESHOLDS.register("value")
class Value(ThresholdRule):
    """A score, taken as it is."""

    title = "Value"
    help = "A score: rows above it are flagged."
    default = 0.5
    low = -float(np.finfo(np.float64).max)
    high = float(np.finfo(np.float64).max)

    @classmethod
    def threshold(cls, value: float, scores: NDArray[np.float64], labels: NDArray[np.int8] | None) -> float:
        """The value itself; no reference rows are needed."""
        return value

    @classmethod
    def _range(cls) -> str:
        return "a finite number"
