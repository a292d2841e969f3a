"""A later file judged by a finished run and kept: a dataset and a run of their own, with the threshold of the first.

Nothing is trained. Every page, report and export shows the new samples as it shows those of any other run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from core.detector.files import scores_file
from core.detector.result import measure, result_notes
from core.detector.saving import save_explanations, save_places
from core.index.labels import read_labels
from core.index.split import PARTS
from core.judging.drift import drift_words
from core.notes.note import Note, in_order
from core.results.threshold_saving import SET_BY
from core.store.base import new_id

if TYPE_CHECKING:
    from core.modalities.contract import Samples
    from core.readers.reading.options import ReadOptions
    from core.readers.reading.report import Progress
    from core.results.finished_run import FinishedRun
    from core.store.records import Run

JUDGED_BY = "judged_by"
"""Where a result names the run that judged its samples; absent where they were trained on."""


def judge_file(
    run: FinishedRun,
    files: Sequence[Path],
    *,
    name: str = "",
    origin: str = "",
    options: ReadOptions | None = None,
    progress: Progress | None = None,
) -> Run:
    """Read a file as the run's own was read, score it, and keep it as a dataset and a run that is done.

    Parameters
    ----------
    run
        A finished run, under the score that judges.
    files, name, origin
        The file, or several that are a dataset together, what the user calls it, and where it came from.
    options
        What the user says of how it is written.
    progress
        Called with the share that is read.

    Raises
    ------
    DataError
        When the run kept no networks, or the file cannot be read or lacks what the detector was trained on.
    """
    space, detector, modality = run.space, run.detector, run.modality
    said: dict[str, Any] = {"options": options} if modality.reads_with_options and options is not None else {}
    called = name or files[0].name
    dataset = modality.keep_new(
        space, files, detector.encoder, run.schema, name=called, origin=origin, progress=progress, **said
    )
    judged = new_id()
    folder = f"runs/{judged}"
    try:
        samples = modality.open(dataset, space.artifacts)
        scores = detector.score_units(detector.encoder.units(samples, np.arange(len(samples))))
        labels = read_labels(samples.index, samples.schema)
        codes = np.full(len(samples), PARTS.index("test"), dtype=np.uint8)
        parts = np.full(len(samples), "test", dtype=object)
        measured = measure(labels, parts, scores.score, detector.threshold)
        drift = drift_words(run, samples, scores.score)
        artifacts = space.artifacts
        detector.save(artifacts, folder)
        artifacts.write_json(f"{folder}/schema.json", dataset.schema)
        artifacts.write_bytes(f"{folder}/scores.parquet", scores_file(scores, codes, PARTS, labels))
        save_places(detector, samples, labels, np.zeros(len(samples), dtype=np.bool_), scores.score, artifacts, folder)
        save_explanations(detector, samples, scores.score, artifacts, folder)
        result = _result(run, samples, measured, drift, detector.encoder.unfamiliar(), detector.threshold)
        artifacts.write_json(f"{folder}/result.json", result)
        found = space.store.create_run(
            dataset.id, detector.recipe, f"{called} by {run.name}", run_id=judged, result=result
        )
        return space.store.update_run(found.id, notes=f"{drift}\n\nJudged by the run {run.name}; nothing was trained.")
    except Exception:
        space.artifacts.delete(folder)
        space.delete_dataset(dataset.id)
        raise


def _result(
    run: FinishedRun,
    samples: Samples,
    measured: Mapping[str, Any],
    drift: str,
    unfamiliar: Any,
    threshold: float,
) -> dict[str, Any]:
    """The first run's result with what the new samples came to."""
    step = 4_096
    for start in range(0, len(samples), step):
        unfamiliar.add(samples.read(np.arange(start, min(start + step, len(samples)))))
    says = run.nouns
    notes = in_order(
        [
            Note("division", says(f"All rows are judged by the run {run.name}, which did not learn from them.")),
            Note("training", says(drift)),
            *(Note("other", text) for text in unfamiliar.notes()),
            *result_notes(dict(measured), says),
        ]
    )
    kept = {name: run.result[name] for name in (SET_BY,) if name in run.result}
    by = {"run": run.id, "name": run.name, "score": run.score, "drift": drift}
    return {
        **{name: value for name, value in run.result.items() if name not in _ABOUT_THE_FIRST},
        **measured,
        **kept,
        "rows": len(samples),
        "validation_rows": 0,
        "test_rows": len(samples),
        "threshold": threshold,
        "note": " ".join(note.text for note in notes),
        "notes": [note.to_dict() for note in notes],
        JUDGED_BY: by,
    }


_ABOUT_THE_FIRST = ("as_trained", "notes", "note", "parts")
