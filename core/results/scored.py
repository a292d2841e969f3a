"""Every row's score, label and part in memory: filtered, paged and counted while somebody selects.

Eighteen bytes a row, with their order. :class:`core.results.rows.RunRows` answers what is asked once, or of a few rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from core.metrics.groups import PARTS, ScoreGroups
from core.results.row_filter import RowFilter


@dataclass(frozen=True)
class ScoredRows:
    """All rows of a run, in row order."""

    score: NDArray[np.float64]
    label: NDArray[np.int8]
    part: NDArray[np.uint8]
    """Its place in ``PARTS``."""
    before: NDArray[np.float64] | None = None
    """The score of each row before the detector learnt from it, NaN for rows that it did not; None where there are
    none: what is calibrated on must not have taught."""

    def __len__(self) -> int:
        return len(self.score)

    @cached_property
    def order(self) -> NDArray[np.int64]:
        """Row numbers from the highest score down, equal ones by number."""
        return np.argsort(-self.score, kind="stable")

    def among(self, parts: Sequence[str]) -> NDArray[np.bool_]:
        """Which rows are in some parts."""
        found: NDArray[np.bool_] = np.array([name in parts for name in PARTS])[self.part]
        return found

    @cached_property
    def held_out(self) -> NDArray[np.bool_]:
        """Rows not trained on that are normal by their label; validation rows without labels where none is."""
        outside = self.among(("validation", "test"))
        normal = outside & (self.label == 0)
        unknown = self.among(("validation",)) & (self.label != 1)
        found: NDArray[np.bool_] = normal if normal.any() else unknown
        return found

    def rank(self, row: int) -> tuple[int, int]:
        """A row's place from the highest score down, equal ones alike, and how many rows are ranked with it.

        With labels the rows of the test part are ranked by themselves, as lists show them; all others among all rows.
        """
        test = self.among(("test",))
        apart = bool(test[row]) and bool((self.label >= 0).any())
        others = self.score[test] if apart else self.score
        return 1 + int((others > self.score[row]).sum()), len(others)

    def p_value(self, row: int) -> tuple[int, float]:
        """How many held-out normal rows there are beside this one, and the conformal p-value among them."""
        others = self.held_out & (np.arange(len(self)) != row)
        calibration = self.untaught[others]
        return len(calibration), (1 + int((calibration >= self.untaught[row]).sum())) / (1 + len(calibration))

    @cached_property
    def untaught(self) -> NDArray[np.float64]:
        """Each row's score by a detector that had not learnt from it, but for the training rows."""
        return self.score if self.before is None else np.where(np.isnan(self.before), self.score, self.before)

    def groups(self) -> ScoreGroups:
        """Every score, sorted apart by part and class."""
        return ScoreGroups.build(self.score, self.label, self.part, None if self.before is None else self.untaught)

    def matches(self, parts: Sequence[str], choice: RowFilter) -> NDArray[np.bool_]:
        """Which rows of some parts somebody has chosen."""
        found = self.among(parts)
        if choice.rows is not None:
            listed = np.zeros(len(self.score), dtype=bool)
            listed[choice.rows] = True
            found &= listed
        if np.isfinite(choice.low):
            found &= self.score > choice.low
        if np.isfinite(choice.high):
            found &= self.score <= choice.high
        if choice.label is not None:
            found &= self.label == choice.label
        return found

    def page(
        self, parts: Sequence[str], choice: RowFilter, limit: int, offset: int = 0
    ) -> tuple[NDArray[np.int64], int]:
        """A page of the chosen rows from the highest score down, and how many they are in all."""
        found = self.matches(parts, choice)
        return self.order[found[self.order]][offset : offset + limit], int(np.count_nonzero(found))

    def size(self, parts: Sequence[str], choice: RowFilter, threshold: float) -> tuple[int, int]:
        """How many rows somebody has chosen, and how many of them score above a threshold."""
        found = self.matches(parts, choice)
        return int(np.count_nonzero(found)), int(np.count_nonzero(found & (self.score > threshold)))
