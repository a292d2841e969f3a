"""Explain rows of a finished run on a worker: what the page's server calls by name, because it imports no torch."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from core.settings import Settings


def explain_rows(run_id: str, rows: Sequence[int], settings: Settings, score: str = "") -> list[dict[str, Any]]:
    """The features of some rows, as ``explanations.parquet`` has them, the largest contribution of a row first.

    Parameters
    ----------
    run_id
        A finished run.
    rows
        Row numbers of its dataset.
    settings
        Where the workspace is.
    score
        The name of another score that was computed for the run; its own by default.
    """
    from core.results.finished_run import FinishedRun
    from core.store.workspace import open_workspace

    run = FinishedRun.open(open_workspace(settings), run_id, score)
    found = run.detector.explain_samples(run.samples, np.asarray(rows, dtype=np.int64))
    records: list[dict[str, Any]] = found.to_dict("records")
    return records
