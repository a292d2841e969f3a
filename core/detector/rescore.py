"""Another score of a finished run: its networks judge every row again, nothing is trained.

What comes of it lies beside the run's own files, in ``runs/<id>/scores/<name>/``, and is written once: a second asking
finds it there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from core.detector.dataset_scorer import DatasetScorer
from core.detector.trained import load_networks, run_folder
from core.errors import DataError
from core.index.split import PARTS
from core.recipe import ScoreConfig
from core.results.files import SET_ASIDE, explanations_file, rows_to_explain, scores_file
from core.results.result import measure

if TYPE_CHECKING:
    from core.modalities.base import Samples
    from core.store.artifacts import Artifacts
    from core.training.control import Control


def rescore(
    artifacts: Artifacts, samples: Samples, run_id: str, config: ScoreConfig, control: Control
) -> dict[str, Any]:
    """Score every sample of a run's dataset anew and write what the run itself would have written.

    Parameters
    ----------
    artifacts
        Where the run is.
    samples
        The run's dataset, as :func:`core.detector.samples.samples_of` opens it.
    run_id
        A finished run.
    config
        The other score. Rows train, validate and are judged as in the run; the threshold follows from its rule.
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
    trained = load_networks(artifacts, run_id, config)
    labels, codes = _labels_and_parts(artifacts, run_id)
    if len(labels) != len(samples):
        raise DataError(
            f"The dataset must be the one that the run was trained on, with {len(labels):,} rows. It has "
            f"{len(samples):,} now. Train again."
        )
    judge = DatasetScorer(trained, samples, codes, labels, _set_aside(artifacts, run_id))
    scores = judge.score(control)
    if scores is None:
        raise DataError("The scoring was cancelled. Choose the score again.")
    folder = run_folder(run_id, config.name)
    trained.save_score(artifacts, folder)
    artifacts.write_bytes(f"{folder}/scores.parquet", scores_file(scores, codes, PARTS, labels))
    ids = rows_to_explain(scores.score, trained.encoder.layout.n_parts)
    explained = trained.explain_samples(samples, ids)
    artifacts.write_bytes(f"{folder}/explanations.parquet", explanations_file(explained))
    parts = np.array(PARTS, dtype=object)[codes]
    result: dict[str, Any] = artifacts.read_json(f"{run_folder(run_id)}/result.json")
    result |= {"threshold": trained.threshold, **measure(labels, parts, scores.score, trained.threshold)}
    # Last: whoever finds the result finds all the others.
    artifacts.write_json(f"{folder}/result.json", result)
    return result


def _labels_and_parts(artifacts: Artifacts, run_id: str) -> tuple[NDArray[np.int8], NDArray[np.uint8]]:
    """Each row's label and the place of its part in ``PARTS``, as the run wrote them."""
    import pyarrow.parquet as pq

    path = artifacts.local(f"{run_folder(run_id)}/scores.parquet")
    table = pq.read_table(path, columns=["part", "label"], read_dictionary=["part"])
    part = table["part"].combine_chunks()
    places = np.array([PARTS.index(name) for name in part.dictionary.to_pylist()], dtype=np.uint8)
    codes: NDArray[np.uint8] = places[part.indices.to_numpy()]
    return table["label"].to_numpy().astype(np.int8), codes


def _set_aside(artifacts: Artifacts, run_id: str) -> NDArray[np.int64]:
    """The rows that taught the run's networks nothing."""
    import pyarrow.parquet as pq

    path = f"{run_folder(run_id)}/{SET_ASIDE}"
    if not artifacts.exists(path):
        return np.empty(0, dtype=np.int64)
    rows: NDArray[np.int64] = pq.read_table(artifacts.local(path))["row"].to_numpy()
    return rows
