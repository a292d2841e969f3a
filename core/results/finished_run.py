"""A finished run, opened once and handed on: its recipe, dataset, scores, threshold and trained detector.

The run's id and the score's name are resolved here and nowhere else. Everything is read when it is first asked for, so
that to open a run costs nothing; torch is imported only for :attr:`FinishedRun.detector`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from core.detector.files import SET_ASIDE
from core.errors import DamagedError, DataError, MissingError, NotFittedError
from core.metrics.grid import ScoreGrid
from core.metrics.groups import PARTS, ScoreGroups, judged_parts, reference_part
from core.recipe import ScoreConfig
from core.results.row_filter import RowFilter
from core.results.rows import RunRows
from core.results.scored import ScoredRows
from core.results.trained_run import TrainedRun

if TYPE_CHECKING:
    import pandas as pd

    from core.index.table import Table
    from core.modalities.contract import Samples
    from core.notes.note import Note
    from core.store.records import Run
    from core.store.workspace import Workspace

T = TypeVar("T")
_STATES = {
    "queued": "is queued",
    "running": "is still training",
    "paused": "is paused",
    "failed": "has failed",
    "cancelled": "was cancelled",
    "stopped": "was stopped",
    "done": "is done",
}
CROSS_FITTED = "cross_fitted.parquet"
"""A run's file of the scores of training rows by detectors that had not learnt from them; missing where not asked."""
BOUNDED = ("probability", "rank")
"""Scales on which most of what matters is close to 1, so that decades say nothing."""


def has_scores(space: Workspace, run: Run) -> bool:
    """Whether a run has a result and scores, whatever became of it afterwards."""
    if run.result is None:
        return False
    return run.state in ("done", "stopped") or space.artifacts.exists(f"runs/{run.id}/scores.parquet")


class FinishedRun(TrainedRun):
    """A run that has scores, under its own score or another one that was computed for it.

    Safe to share between threads. It is as the run was when it was opened: whoever gives the run another threshold
    opens it again.

    Parameters
    ----------
    space
        The workspace.
    run
        A run that has scores: it is done, it was stopped and kept its best weights, or it failed in the end (its loss
        became infinite, say) and its last good weights were scored.
    score
        The name of another score (:attr:`core.recipe.ScoreConfig.name`); empty for the run's own.

    Raises
    ------
    NotFittedError
        When the run has no scores.
    ConfigError
        When there is no such score.
    """

    def __init__(self, space: Workspace, run: Run, score: str = "") -> None:
        if not has_scores(space, run):
            raise NotFittedError(f"Run {run.id} {_STATES[run.state]} and has no scores. Choose a run that is done.")
        # Whatever an address holds: the name as the settings write it is all that gets into a path.
        super().__init__(space, run, ScoreConfig.from_name(score).name if score else "")

    @classmethod
    def open(cls, space: Workspace, run_id: str, score: str = "") -> FinishedRun:
        """The run of that id.

        Raises
        ------
        UnknownNameError
            When there is no such run.
        NotFittedError
            When it has no scores.
        """
        return cls(space, space.store.run(run_id), score)

    def under(self, score: str) -> FinishedRun:
        """The same run under another of its scores; under its own for an empty name."""
        return type(self)(self.space, self.record, score)

    @cached_property
    def result(self) -> Mapping[str, Any]:
        """What the run came to, under the score that is shown.

        Raises
        ------
        DataError
            When this score was not computed.
        """
        if not self.score:
            return self.record.result or {}
        self._refuse_missing("result.json")
        found: dict[str, Any] = self.space.artifacts.read_json(f"{self.score_folder}/result.json")
        return found

    @cached_property
    def notes(self) -> tuple[Note, ...]:
        """What was decided without being asked, of the dataset and in the run, under the score that is shown."""
        from core.notes.note import Note
        from core.notes.run import run_notes

        _ = self.rows  # opens the files of which some may be damaged
        harm = [Note("damage", text) for text in self.damage]
        return (*harm, *run_notes(self.space, self.record, self.result))

    @property
    def damage(self) -> tuple[str, ...]:
        """What cannot be shown, in sentences, because a file that :attr:`rows` can do without is damaged or gone."""
        return tuple(self.__dict__.get("_damage", ()))

    def _refuse_missing(self, name: str) -> None:
        """Say what to do where another score was not computed."""
        if self.score and not self.space.artifacts.exists(f"{self.score_folder}/{name}"):
            raise DataError(
                f"The score {self.score} was not computed for run {self.id} yet. Choose it on the Explore page, or "
                "compute it with anomalens score --score."
            )

    @cached_property
    def samples(self) -> Samples:
        """The dataset, opened as the run took it; its content stays on disk.

        Raises
        ------
        UnknownNameError
            When the dataset was deleted, or its kind of data is not installed.
        DataError
            When its file is missing, or it is not the one that the run was trained on.
        """
        from core.modalities.recognise import modality_of

        samples = modality_of(self.dataset.modality).open(self.dataset, self.space.artifacts, self.schema)
        if len(samples) != self.rows.count:
            raise DataError(
                f"The dataset must be the one that the run was trained on, with {self.nouns.count(self.rows.count)}. "
                f"It has {len(samples):,} now. Train again."
            )
        return samples

    @property
    def has_samples(self) -> bool:
        """Whether the dataset that the run was trained on is there."""
        return self._is_there("samples")

    @property
    def table(self) -> Table:
        """The index of the dataset, one row a sample; raises what :attr:`samples` does."""
        return self.samples.index

    # What it says of every row.

    @cached_property
    def rows(self) -> RunRows:
        """What the run says of some rows, read from its files; nothing of them is kept in memory.

        Raises
        ------
        DataError
            When the run has written no scores.
        """
        self._refuse_missing("scores.parquet")

        damage: list[str] = []
        self.__dict__["_damage"] = damage

        def optional(name: str) -> Any:
            try:
                return self.space.artifacts.local(name)
            except DamagedError as error:
                damage.append(str(error))
            except MissingError as error:
                if self.space.artifacts.is_lost(name):
                    damage.append(str(error))
            return None

        return RunRows(
            self.space.artifacts.local(f"{self.score_folder}/scores.parquet"),
            optional(f"{self.score_folder}/explanations.parquet"),
            # Where a row lies does not depend on the score.
            optional(f"{self.folder}/latent.parquet"),
        )

    @property
    def scored(self) -> ScoredRows:
        """Every row's score, label and part; ten bytes a row."""
        return self._in_memory("scored", self.rows.scored)

    @property
    def groups(self) -> ScoreGroups:
        """Every score, sorted apart by part and class; eight bytes a row."""
        crossed = self.score == "" and "cross_fitted" in self.result
        return self._in_memory("crossed groups" if crossed else "groups", self._make_groups)

    def _make_groups(self) -> ScoreGroups:
        found = self.scored.groups()
        if self.score or "cross_fitted" not in self.result:
            return found
        import pyarrow.parquet as pq

        table = pq.read_table(self.space.artifacts.local(f"{self.folder}/{CROSS_FITTED}"))
        return found.with_cross_fitted(table["score"].to_numpy(), self.scored.label[table["row"].to_numpy()])

    def _in_memory(self, name: str, make: Callable[[], T]) -> T:
        """What grows with the rows; a server that opens many runs keeps that of a few."""
        kept = self.__dict__.setdefault("_kept", {})
        if name not in kept:
            kept[name] = make()
        return cast("T", kept[name])

    @property
    def grid(self) -> ScoreGrid:
        """The scores as counts, exact at the threshold that the run was trained with, whatever it has now."""
        return self._in_memory("grid", self._make_grid)

    def _make_grid(self) -> ScoreGrid:
        from core.results.threshold_saving import trained_threshold

        own = trained_threshold(self.result)
        return ScoreGrid.build(self.groups, [] if own is None else [own])

    @cached_property
    def threshold(self) -> float:
        """The threshold that the run was saved with; rows that score above it are flagged."""
        own = self.result.get("threshold")
        if own is not None:
            return float(own)
        from core.thresholds import set_threshold

        return set_threshold("percentile", 95.0, self.groups.scores((self.reference,)))

    @property
    def labelled(self) -> bool:
        """Whether any row has a known label."""
        return self.groups.labelled

    @cached_property
    def judged(self) -> tuple[str, ...]:
        """The parts that the run is judged on: those that its metrics are about."""
        return judged_parts(self.groups, str(self.result.get("judged", "")))

    @property
    def is_judged(self) -> NDArray[np.bool_]:
        """Which rows are in the parts that the run is judged on."""
        return self.scored.among(self.judged)

    @cached_property
    def reference(self) -> str:
        """The part whose scores say what is usual, which a threshold rule looks at."""
        return reference_part(self.groups, self.recipe.threshold.reference)

    @cached_property
    def parts(self) -> tuple[str, ...]:
        """The parts that have rows."""
        return tuple(part for part, rows in zip(PARTS, self.groups.totals, strict=True) if rows.any())

    @property
    def row_choices(self) -> list[str]:
        """The kinds of rows that a view can show, the judged ones first: the parts by name, and "all"."""
        judged = "test" if self.judged == ("test",) else "all"
        return [judged, *(name for name in [*reversed(self.parts), "all"] if name != judged)]

    @property
    def train(self) -> NDArray[np.int64]:
        """The rows of the training part, ascending."""
        return np.flatnonzero(self.scored.among(("train",)))

    @property
    def fitted_on(self) -> NDArray[np.int64]:
        """The rows that the networks were trained on, ascending: the training part without those set aside.

        Of a file that another run has judged none were; the rows that are not flagged say what is usual there, or the
        lower half of the scores where most are flagged.
        """
        if "judged_by" in self.result:
            score = self.scored.score
            return np.flatnonzero(score <= max(self.threshold, float(np.median(score))))
        return np.setdiff1d(self.train, self.set_aside, assume_unique=True)

    @cached_property
    def set_aside(self) -> NDArray[np.int64]:
        """The rows of the training part that were left out of the training, as they stood apart from the others."""
        import pyarrow.parquet as pq

        path = f"{self.folder}/{SET_ASIDE}"
        if not self.space.artifacts.exists(path):
            return np.empty(0, dtype=np.int64)
        rows: NDArray[np.int64] = pq.read_table(self.space.artifacts.local(path))["row"].to_numpy()
        return rows

    def page(self, parts: Sequence[str], choice: RowFilter, limit: int, offset: int = 0) -> tuple[pd.DataFrame, int]:
        """A page of the rows that somebody has chosen, from the highest score down, and how many they are in all."""
        rows, size = self.scored.page(parts, choice, limit, offset)
        return self.rows.some(rows.tolist()), size

    # How it is drawn.

    @property
    def bounded(self) -> bool:
        """Whether the scores are shares between 0 and 1."""
        return self.score_config.normalise in BOUNDED

    @cached_property
    def axes(self) -> tuple[str, ...]:
        """The axes of the histogram that are logarithmic as long as nobody chose: "log-scores", "log-counts".

        The scores' where they span decades; that of the counts where anomalies, or all bins but one, would vanish.
        """
        edges = self.grid.log_edges
        log = bool(edges.size) and bool(edges[-1] > 20 * edges[0]) and not self.bounded
        normal, anomalous, _ = self.grid.rows()
        rare = bool(anomalous and anomalous < 0.1 * normal)
        counts = rare or self._one_bin_hides_the_others(log)
        return ("log-scores",) * log + ("log-counts",) * counts

    def _one_bin_hides_the_others(self, log: bool) -> bool:
        counts = self.grid.histogram(self.judged, log=log).counts.max(axis=0)
        filled = counts[counts > 0]
        return bool(filled.size > 5 and filled.max() > 40 * np.median(filled))
