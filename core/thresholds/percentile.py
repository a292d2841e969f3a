"""The threshold as a percentile of the reference rows' scores."""

import numpy as np
from numpy.typing import NDArray

from core.errors import DataError
from core.thresholds import THRESHOLDS
from core.thresholds.base import ThresholdRule


@THRESHOLDS.register("percentile")
class Percentile(ThresholdRule):
    """The score below which so many percent of the reference rows lie (linear between two rows)."""

    title = "Percentile"
    help = "The score that so many percent of the reference rows stay below."
    default = 95.0
    low = 0.0
    high = 100.0

    @classmethod
    def threshold(cls, value: float, scores: NDArray[np.float64], labels: NDArray[np.int8] | None) -> float:
        """The percentile of all reference rows, whatever their labels."""
        if not scores.size:
            raise DataError(
                "A percentile needs the scores of at least one reference row. Got none. Set a value instead."
            )
        if np.isinf(scores[np.argmax(scores)]):
            # Between a number and infinity there is no line to interpolate on.
            return float(np.percentile(scores, value, method="lower"))
        return float(np.percentile(scores, value))
