"""Saves a threshold as the run's own: its results and the scoring of new rows use it from then on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from core.metrics.groups import PARTS
from core.thresholds.lab import Outcome

if TYPE_CHECKING:
    from core.results.finished_run import FinishedRun

SET_BY = "threshold_set_by"
"""Where a model and a result say which rule set the threshold after the training; absent where the recipe did."""


def save_threshold(run: FinishedRun, outcome: Outcome) -> None:
    """Write the threshold into the run's detector and its result, of the score that the run was opened with.

    Parameters
    ----------
    run
        A finished run; it is to be opened anew behind this.
    outcome
        A rule's outcome that has a threshold.
    """
    from core.detector.result import measure

    assert outcome.threshold is not None
    artifacts, rows = run.space.artifacts, run.scored
    set_by = {"rule": outcome.rule, "title": outcome.title, "settings": dict(outcome.settings)}
    result: dict[str, Any] = artifacts.read_json(f"{run.score_folder}/result.json")
    result |= {"threshold": outcome.threshold, SET_BY: set_by}
    result |= measure(rows.label, np.array(PARTS, dtype=object)[rows.part], rows.score, outcome.threshold)
    about: dict[str, Any] = artifacts.read_json(f"{run.score_folder}/model.json")
    artifacts.write_json(f"{run.score_folder}/model.json", about | {"threshold": outcome.threshold, SET_BY: set_by})
    artifacts.write_json(f"{run.score_folder}/result.json", result)
    if not run.score:
        run.space.store.write_result(run.id, result)


def set_by(about: Mapping[str, Any]) -> str:
    """Which rule set a model's or a result's threshold, as words: "Conformal, fdr 0.1"; empty for the recipe's."""
    stored = about.get(SET_BY)
    if not stored:
        return ""
    settings = [f"{name} {value}" for name, value in stored["settings"].items() if value not in ("", 0.0)]
    return ", ".join([stored["title"], *settings])
