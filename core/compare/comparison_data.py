"""The common ground of a comparison: the rows that a run learnt from and is judged on, as the run encoded them."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from core.errors import DataError
from core.index.split import PARTS
from core.metrics.evaluation import judged_rows
from core.modalities.tabular.encoder import TabularEncoder

if TYPE_CHECKING:
    from core.index.table import Table
    from core.store.artifacts import Artifacts
    from core.store.records import Run

Scores = NDArray[np.float64]

JUDGED, TRAIN = 100_000, 100_000
"""Rows that are compared on, and that a detector may learn from: a seeded sample where there are more."""
CELLS = 40_000_000
"""Encoded numbers of either that are held in memory, 160 MB; wide tables are compared on fewer rows."""
_CHUNK = 16_384
_JUDGED, _TRAIN = 31, 32


@dataclass(frozen=True)
class ComparisonData:
    """A finished run's rows, parts, labels and scores; the encoded rows are read when they are asked for."""

    run: Run
    table: Table
    encoder: TabularEncoder
    codes: NDArray[np.uint8]
    """Each row's part, as its place in :data:`core.index.split.PARTS`."""
    labels: NDArray[np.int8]
    scores: Scores
    """The run's own, of every row."""
    threshold: float
    judged: str
    """"test" or "all"."""
    rows: NDArray[np.int64]
    """The rows that are compared on, ascending."""
    notes: tuple[str, ...] = field(default=())

    @classmethod
    def of(cls, artifacts: Artifacts, table: Table, run: Run) -> ComparisonData:
        """The ground of a finished run.

        Raises
        ------
        DataError
            When the run has no scores, or its dataset is not the one that it was trained on.
        """
        codes, labels, scores = read_scores(artifacts, run.id)
        if len(labels) != table.rows:
            raise DataError(
                f"The dataset must be the one that the run was trained on, with {len(labels):,} rows. It has "
                f"{table.rows:,} now. Train again."
            )
        encoder = TabularEncoder.from_dict(artifacts.read_json(f"runs/{run.id}/encoder.json"))
        judged, mask = judged_rows(labels, np.array(PARTS, dtype=object)[codes])
        every = np.flatnonzero(mask)
        rows = _some(every, min(JUDGED, CELLS // encoder.width), run.recipe.seed, _JUDGED)
        notes = []
        if len(rows) < len(every):
            notes.append(
                f"Compared on {len(rows):,} of the {len(every):,} judged rows, drawn at random; the run's numbers on "
                "Explore are those of all."
            )
        if judged == "all" and (codes == 0).any() and (labels >= 0).any():
            notes.append(
                "The test part cannot judge (it needs normal rows and anomalies), so that all rows are judged, those "
                "of the training included: every number is too good."
            )
        threshold = float((run.result or {}).get("threshold", np.nan))
        return cls(run, table, encoder, codes, labels, scores, threshold, judged, rows, tuple(notes))

    @property
    def train(self) -> NDArray[np.int64]:
        """All training rows, ascending."""
        return np.flatnonzero(self.codes == PARTS.index("train"))

    @cached_property
    def learnt(self) -> NDArray[np.int64]:
        """The training rows that a detector may learn from, in random order: the first so many are a sample."""
        most = min(TRAIN, max(1000, CELLS // self.encoder.width))
        rng = np.random.default_rng([self.run.recipe.seed, _TRAIN])
        return rng.permutation(self.train)[:most]

    @cached_property
    def x_learnt(self) -> NDArray[np.float32]:
        """:attr:`learnt`, encoded."""
        return self.encoded(self.learnt)

    @cached_property
    def x(self) -> NDArray[np.float32]:
        """The rows that are compared on, encoded."""
        return self.encoded(self.rows)

    @property
    def own(self) -> Scores:
        """The run's scores of the rows that are compared on."""
        return self.scores[self.rows]

    @property
    def known(self) -> NDArray[np.int8]:
        """The labels of the rows that are compared on."""
        return self.labels[self.rows]

    def encoded(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """Some rows as the run's network reads them, a chunk at a time."""
        matrix = np.empty((len(rows), self.encoder.width), dtype=np.float32)
        for start in range(0, len(rows), _CHUNK):
            chunk = rows[start : start + _CHUNK]
            matrix[start : start + _CHUNK] = self.encoder.transform(self.frame(chunk))
        return matrix

    def frame(self, rows: NDArray[np.int64]) -> Any:
        """Some rows in the user's units, the feature columns only."""
        return self.table.frame(self.encoder.features, rows=rows)


def read_scores(artifacts: Artifacts, run_id: str) -> tuple[NDArray[np.uint8], NDArray[np.int8], Scores]:
    """Every row's part (its place in ``PARTS``), label and score, as the run wrote them.

    Raises
    ------
    DataError
        When it wrote none.
    """
    import pyarrow.parquet as pq

    path = artifacts.local(f"runs/{run_id}/scores.parquet")
    table = pq.read_table(path, columns=["part", "label", "score"], read_dictionary=["part"])
    part = table["part"].combine_chunks()
    places = np.array([PARTS.index(name) for name in part.dictionary.to_pylist()], dtype=np.uint8)
    codes: NDArray[np.uint8] = places[part.indices.to_numpy()]
    return codes, table["label"].to_numpy().astype(np.int8), table["score"].to_numpy().astype(np.float64)


def _some(rows: NDArray[np.int64], most: int, seed: int, draw: int) -> NDArray[np.int64]:
    if len(rows) <= most:
        return rows
    return np.sort(np.random.default_rng([seed, draw]).choice(rows, most, replace=False))
