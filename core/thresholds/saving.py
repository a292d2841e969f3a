"""Saves a threshold as the run's own: its results and the scoring of new rows use it from then on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from core.metrics.groups import PARTS
from core.thresholds.lab import Outcome

if TYPE_CHECKING:
    from core.store.workspace import Workspace

SET_BY = "threshold_set_by"
"""Where a model and a result say which rule set the threshold after the training; absent where the recipe did."""


def save_threshold(place: Workspace, run_id: str, outcome: Outcome, score: str = "") -> None:
    """Write the threshold into the run's detector and its result.

    Parameters
    ----------
    place
        The workspace.
    run_id
        A finished run.
    outcome
        A rule's outcome that has a threshold.
    score
        The name of another score of the run; its own by default.
    """
    import pyarrow.parquet as pq

    from core.results.result import measure

    assert outcome.threshold is not None
    folder = f"runs/{run_id}/scores/{score}" if score else f"runs/{run_id}"
    set_by = {"rule": outcome.rule, "title": outcome.title, "settings": dict(outcome.settings)}
    table = pq.read_table(place.artifacts.local(f"{folder}/scores.parquet"), columns=["part", "label", "score"])
    parts = np.array(table["part"].to_pylist(), dtype=object)
    assert set(parts) <= set(PARTS)
    labels, scores = table["label"].to_numpy(), table["score"].to_numpy()
    result: dict[str, Any] = place.artifacts.read_json(f"{folder}/result.json")
    result |= {"threshold": outcome.threshold, SET_BY: set_by}
    result |= measure(labels, parts, scores, outcome.threshold)
    about: dict[str, Any] = place.artifacts.read_json(f"{folder}/model.json")
    place.artifacts.write_json(f"{folder}/model.json", about | {"threshold": outcome.threshold, SET_BY: set_by})
    place.artifacts.write_json(f"{folder}/result.json", result)
    if not score:
        place.store.write_result(run_id, result)


def set_by(about: dict[str, Any]) -> str:
    """Which rule set a model's or a result's threshold, as words: "Conformal, fdr 0.1"; empty for the recipe's."""
    stored = about.get(SET_BY)
    if not stored:
        return ""
    settings = [f"{name} {value}" for name, value in stored["settings"].items() if value not in ("", 0.0)]
    return ", ".join([stored["title"], *settings])
