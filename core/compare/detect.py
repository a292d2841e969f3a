"""One detector of a comparison: its scores, the seconds that fitting and scoring took, or why it failed."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from core.baselines import BASELINES
from core.compare.comparison_data import ComparisonData, Scores
from core.errors import DataError

if TYPE_CHECKING:
    from core.results.finished_run import FinishedRun

CHUNK = 4_096
"""Rows that are scored at a time; the progress is told between."""
CLASSICAL, NETWORK = "classical", "network"

Progress = Callable[[str, float], None]
"""Takes what is being done ("learning" or "scoring") and the share of it that is done."""


@dataclass(frozen=True)
class Detected:
    """What one detector came to."""

    name: str
    title: str
    kind: str
    """"classical", or "network" for a run."""
    scores: Scores = field(default_factory=lambda: np.empty(0))
    """Of the rows that are compared on; empty after a failure."""
    learnt_from: int = 0
    fit_seconds: float | None = None
    score_seconds: float | None = None
    """For the rows that are compared on, already encoded; None where it was not measured."""
    note: str = ""
    problem: str = ""
    """Why it failed, as a sentence."""

    def about(self) -> dict[str, Any]:
        """Everything but the scores, as plain values."""
        return {name: value for name, value in asdict(self).items() if name != "scores"}


def detect(comparison_data: ComparisonData, name: str, progress: Progress = lambda doing, share: None) -> Detected:
    """Let a classical detector learn from the run's training rows and score its judged rows.

    Raises
    ------
    UnknownNameError
        When there is no such detector.
    DataError
        When the rows are not fit for it.
    """
    cls = BASELINES[name]
    baseline = cls.create(seed=comparison_data.run.recipe.seed)
    progress("learning", 0.0)
    most = cls.rows_for(comparison_data.width)
    x, rows = comparison_data.x_train[:most], comparison_data.x
    with warnings.catch_warnings():
        # Duplicates, and a fit that has not settled: they cost accuracy, which is measured here.
        warnings.simplefilter("ignore")
        cls.create().fit(x[:50])  # what the first fit loads is not the detector's time
        begin = time.perf_counter()
        baseline.fit(x)
        fitted = time.perf_counter()
        scores = np.empty(len(rows))
        for start in range(0, len(rows), CHUNK):
            progress("scoring", start / len(rows))
            scores[start : start + CHUNK] = baseline.score(rows[start : start + CHUNK])
        scored = time.perf_counter()
    note = ""
    train = len(comparison_data.run.train)
    if len(x) < train:
        note = f"Learnt from {len(x):,} of the {train:,} training rows, drawn at random."
    return Detected(name, cls.title, CLASSICAL, scores, len(x), fitted - begin, scored - fitted, note)


def the_run(comparison_data: ComparisonData) -> Detected:
    """The run itself, with its scores as it stored them; its networks score the rows once more for the clock."""
    run = comparison_data.run
    trained, units = run.detector, comparison_data.units(comparison_data.rows).loaded()
    begin = time.perf_counter()
    trained.errors(units)
    seconds = time.perf_counter() - begin
    return Detected(
        run.id,
        run.name,
        NETWORK,
        comparison_data.run_scores,
        int(run.result.get("train_rows", len(run.train))),
        _seconds(run.result),
        seconds,
    )


def another_run(comparison_data: ComparisonData, other: FinishedRun) -> Detected:
    """Another run on the same rows, with its scores as it stored them.

    Raises
    ------
    DataError
        When its rows train, validate and are judged otherwise, so that the two cannot be compared row by row.
    """
    run = comparison_data.run
    theirs, ours = other.scored, run.scored
    same = other.record.dataset_id == run.record.dataset_id and np.array_equal(theirs.part, ours.part)
    if not same or not np.array_equal(theirs.label, ours.label):
        raise DataError(
            "It must be trained on the same dataset with the same split and seed, so that the same rows are judged. "
            "Clone the run, change what shall differ, and train again."
        )
    trained_on = int(other.result.get("train_rows", 0))
    scores = theirs.score[comparison_data.rows]
    return Detected(other.id, other.name, NETWORK, scores, trained_on, _seconds(other.result))


def _seconds(result: Any) -> float | None:
    found = result.get("seconds")
    return None if found is None else float(found)
