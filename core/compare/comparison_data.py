"""What detectors are compared on: training samples and evaluated samples of a run, as vectors of its encoder."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from core.modalities.contract import Encoder, Raw, Units
    from core.results.finished_run import FinishedRun

Scores = NDArray[np.float64]

JUDGED, TRAIN = 100_000, 100_000
"""Rows that are compared on, and that a detector may learn from: a seeded sample where there are more."""
CELLS = 40_000_000
"""Encoded numbers of either that are held in memory, 160 MB; wide tables are compared on fewer rows."""
_CHUNK = 16_384
_JUDGED, _TRAIN = 31, 32


@dataclass(frozen=True)
class ComparisonData:
    """A finished run and the rows of it that are compared on; encoded rows are read on first use."""

    run: FinishedRun
    encoder: Encoder
    width: int
    """Numbers of a vector."""
    rows: NDArray[np.int64]
    """The rows that are compared on, ascending."""
    notes: tuple[str, ...] = ()

    @classmethod
    def of(cls, run: FinishedRun) -> ComparisonData:
        """The rows of a finished run that detectors are compared on.

        Raises
        ------
        DataError
            When the run's dataset is not the one that it was trained on.
        """
        # Asked for first: whatever is wrong with the dataset is said before anything is computed.
        samples, encoder = run.samples, run.encoder
        width = encoder.vectors(samples, np.arange(1)).shape[1]
        judged = np.flatnonzero(run.is_judged)
        rows = _some(judged, min(JUDGED, CELLS // width), run.recipe.seed, _JUDGED)
        notes = []
        if len(rows) < len(judged):
            notes.append(
                f"Compared on {len(rows):,} of the {len(judged):,} judged rows, drawn at random; the run's numbers on "
                "Explore are those of all."
            )
        if run.judged != ("test",) and "train" in run.parts and run.labelled:
            notes.append(
                "The test part cannot judge (it needs normal rows and anomalies), so that all rows are judged, those "
                "of the training included: every number is too good."
            )
        return cls(run, encoder, width, rows, tuple(notes))

    @cached_property
    def train(self) -> NDArray[np.int64]:
        """The training rows that a detector may learn from, in random order: the first so many are a sample."""
        most = min(TRAIN, max(1000, CELLS // self.width))
        rng = np.random.default_rng([self.run.recipe.seed, _TRAIN])
        return rng.permutation(self.run.train)[:most]

    @cached_property
    def x_train(self) -> NDArray[np.float32]:
        """:attr:`train` as vectors."""
        return self.vectors(self.train)

    @cached_property
    def x(self) -> NDArray[np.float32]:
        """The rows that are compared on, as vectors."""
        return self.vectors(self.rows)

    @property
    def run_scores(self) -> Scores:
        """The run's scores of the rows that are compared on."""
        return self.run.scored.score[self.rows]

    @property
    def labels(self) -> NDArray[np.int8]:
        """The labels of the rows that are compared on."""
        return self.run.scored.label[self.rows]

    def vectors(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """Some rows as vectors, a chunk at a time."""
        matrix = np.empty((len(rows), self.width), dtype=np.float32)
        for start in range(0, len(rows), _CHUNK):
            chunk = rows[start : start + _CHUNK]
            matrix[start : start + _CHUNK] = self.encoder.vectors(self.run.samples, chunk)
        return matrix

    def units(self, rows: NDArray[np.int64]) -> Units:
        """Some rows as the run's networks read them."""
        return self.encoder.units(self.run.samples, rows)

    def read(self, rows: NDArray[np.int64]) -> Raw:
        """The content of some rows."""
        return self.run.samples.read(rows)


def _some(rows: NDArray[np.int64], most: int, seed: int, draw: int) -> NDArray[np.int64]:
    if len(rows) <= most:
        return rows
    return np.sort(np.random.default_rng([seed, draw]).choice(rows, most, replace=False))
