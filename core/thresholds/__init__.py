"""The rules that set a threshold, one a file, and the one function that applies them.

A row is flagged when its score is above the threshold (``score > threshold``), everywhere. Imports no torch.
"""

import numpy as np
from numpy.typing import ArrayLike

from core.errors import DataError
from core.registry import Registry
from core.thresholds.base import ThresholdRule

THRESHOLDS: Registry[type[ThresholdRule]] = Registry("threshold rule", "core.thresholds")

__all__ = ["THRESHOLDS", "ThresholdRule", "set_threshold"]


def set_threshold(rule: str, value: float, reference_scores: ArrayLike, *, labels: ArrayLike | None = None) -> float:
    """The threshold that a rule gives for a number of the user's.

    Parameters
    ----------
    rule
        A name in :data:`THRESHOLDS`: ``percentile``, ``value`` or ``fpr``.
    value
        The rule's number: a percentile (0 to 100), a score, or a false-positive rate (0 to 1).
    reference_scores
        Scores of the rows that the rule looks at, shape (n,).
    labels
        Labels of the same rows (1 anomaly, 0 normal, -1 unknown). Rules that want normal rows take those with 0;
        without labels they take every reference row for normal.

    Raises
    ------
    UnknownNameError
        When no rule has that name.
    ConfigError
        When the value is out of the rule's range.
    DataError
        When there are no reference rows, or none of them is normal, and the rule needs them.
    """
    chosen = THRESHOLDS[rule]
    scores = np.asarray(reference_scores, dtype=np.float64)
    known = None if labels is None else np.asarray(labels, dtype=np.int8)
    if np.isnan(scores).any():
        raise DataError(
            "A threshold needs scores that are numbers, and some scores of the reference rows are not (NaN). "
            "Train again with a smaller learning rate."
        )
    return chosen.threshold(chosen.check(value), scores, known)
