"""Every sample's score, label, part and uncertainty in a finished run, and how one of them stands among them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.metrics.groups import PARTS

if TYPE_CHECKING:
    from core.results.finished_run import FinishedRun


@dataclass(frozen=True)
class ScoredSamples:
    """What a run says of every sample, in their order."""

    score: NDArray[np.float64]
    label: NDArray[np.int8]
    part: NDArray[np.str_]
    uncertainty: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.score)

    @cached_property
    def held_out(self) -> NDArray[np.bool_]:
        """Those that no network learnt from and that are normal by their label; validation samples without labels."""
        outside = (self.part == "validation") | (self.part == "test")
        normal = outside & (self.label == 0)
        unknown = (self.part == "validation") & (self.label != 1)
        held: NDArray[np.bool_] = normal if normal.any() else unknown
        return held

    def p_value(self, id: int) -> tuple[int, float]:
        """How many held-out normal samples there are beside this one, and the conformal p-value among them."""
        own = self.held_out & (np.arange(len(self)) != id)
        calibration = self.score[own]
        return len(calibration), (1 + int((calibration >= self.score[id]).sum())) / (1 + len(calibration))


def scored_samples(run: FinishedRun) -> tuple[ScoredSamples, NDArray[np.int64]]:
    """What a run says of every sample, and those that its networks learnt from.

    Raises
    ------
    DataError
        When the run has written no scores.
    """
    every = run.scored
    parts = np.array(PARTS)[every.part]
    return ScoredSamples(every.score, every.label, parts, run.rows.uncertainty()), run.taught
