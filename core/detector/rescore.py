"""Another score of a finished run: its networks score every row again, nothing is trained.

What comes of it lies beside the run's own files, in ``runs/<id>/scores/<name>/``, and is written once: a second asking
finds it there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from core.detector.dataset_scorer import DatasetScorer
from core.detector.files import explanations_file, rows_to_explain, scores_file
from core.detector.result import measure, result_notes
from core.detector.trained import load_networks
from core.errors import DataError
from core.metrics.groups import PARTS
from core.notes.note import Note, in_order

if TYPE_CHECKING:
    from core.results.finished_run import FinishedRun
    from core.training.control import Control


def rescore(run: FinishedRun, control: Control) -> dict[str, Any]:
    """Score every sample of a run's dataset anew and write what the run itself would have written.

    Parameters
    ----------
    run
        The run, opened under the score that is computed. Samples train, validate and are judged as under its own; the
        threshold follows from its rule.
    control
        Where the progress is told: ``batch`` of ``batches``.

    Returns
    -------
    The result: the run's own, with what the score changes (threshold, flagged and every metric).

    Raises
    ------
    DataError
        When the run has no networks, or its dataset is not the one that it was trained on.
    """
    original, artifacts, folder = run.under(""), run.space.artifacts, run.score_folder
    trained = load_networks(artifacts, run.folder, run.score_config)
    codes, labels = original.scored.part, original.scored.label
    judge = DatasetScorer(trained, original.samples, codes, labels, original.set_aside)
    scores = judge.score(control)
    if scores is None:
        raise DataError("The scoring was cancelled. Choose the score again.")
    trained.save_score(artifacts, folder)
    artifacts.write_bytes(f"{folder}/scores.parquet", scores_file(scores, codes, PARTS, labels, judge.held_out))
    explained = trained.explain_samples(original.samples, rows_to_explain(scores.score, trained.encoder.layout.n_parts))
    artifacts.write_bytes(f"{folder}/explanations.parquet", explanations_file(explained))
    parts = np.array(PARTS, dtype=object)[codes]
    result: dict[str, Any] = artifacts.read_json(f"{run.folder}/result.json")
    measured = measure(labels, parts, scores.score, trained.threshold)
    result |= {"threshold": trained.threshold, **measured}
    if "notes" in result:
        # What was said of the training holds; what the scores decide is said anew.
        kept = [Note.from_dict(note) for note in result["notes"] if note["kind"] not in ("flagged", "judging")]
        notes = in_order([*kept, *result_notes(measured, run.nouns)])
        result |= {"notes": [note.to_dict() for note in notes], "note": " ".join(note.text for note in notes)}
    # Last: whoever finds the result finds all the others.
    artifacts.write_json(f"{folder}/result.json", result)
    return result
