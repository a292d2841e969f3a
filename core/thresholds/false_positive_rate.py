"""The threshold as a budget of false alarms."""

import numpy as np
from numpy.typing import NDArray

from core.errors import DataError
from core.thresholds import THRESHOLDS
from core.thresholds.base import ThresholdRule


@THRESHOLDS.register("fpr")
class FalsePositiveRate(ThresholdRule):
    """The lowest threshold that flags at most this share of the normal reference rows."""

    title = "False-positive rate"
    help = "The share of normal rows that may be flagged by mistake, between 0 and 1."
    default = 0.01
    low = 0.0
    high = 1.0

    @classmethod
    def threshold(cls, value: float, scores: NDArray[np.float64], labels: NDArray[np.int8] | None) -> float:
        """A score of one of the normal rows: the highest of those that must not be flagged."""
        normal = scores if labels is None else scores[labels == 0]
        if not normal.size:
            raise DataError(
                "A false-positive rate is a share of normal rows, and none of the reference rows is normal. "
                "Set a percentile or a value instead."
            )
        # The tiny allowance keeps 0.07 * 100 = 7.000000000000001 and 0.29 * 100 = 28.999999999999996 whole.
        allowed = int(np.floor(value * normal.size * (1 + 1e-12)))
        if allowed >= normal.size:
            return float(np.nextafter(normal.min(), -np.inf))
        place = normal.size - 1 - allowed
        return float(np.partition(normal, place)[place])
