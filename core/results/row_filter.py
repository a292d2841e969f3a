"""A filter of a run's rows: by score, by class, by a list of rows; all conditions hold at once."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

CELLS = {
    "caught": ("Anomalies that are flagged", 1, True),
    "missed": ("Anomalies that are not flagged", 1, False),
    "alarms": ("Normal rows that are flagged", 0, True),
    "passed": ("Normal rows that are not flagged", 0, False),
}
"""The cells of the confusion matrix: their words, label and side of the threshold."""


@dataclass(frozen=True)
class RowFilter:
    """Rows with ``low < score <= high`` and one of the labels that are in the list; what is not said is not asked."""

    low: float = -np.inf
    high: float = np.inf
    label: int | None = None
    """1, 0 or -1."""
    rows: NDArray[np.int64] | None = None

    def __and__(self, other: "RowFilter") -> "RowFilter":
        """Rows that both choose."""
        label = self.label if other.label is None else other.label
        if None not in (self.label, other.label) and self.label != other.label:
            return RowFilter(rows=np.empty(0, np.int64))
        rows = self.rows if other.rows is None else other.rows
        if self.rows is not None and other.rows is not None:
            rows = np.intersect1d(self.rows, other.rows)
        return RowFilter(max(self.low, other.low), min(self.high, other.high), label, rows)
