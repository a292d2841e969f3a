"""Makes a run's threshold surer where few rows set it: by cross-fitted scores of its training rows."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np

from core.index.labels import read_labels
from core.index.split import Split
from core.results.finished_run import CROSS_FITTED, FinishedRun
from core.results.run_evidence import run_evidence
from core.results.threshold_saving import SET_BY, save_threshold
from core.thresholds import THRESHOLDS
from core.thresholds.lab import evaluate

if TYPE_CHECKING:
    from collections.abc import Callable


def make_surer(run: FinishedRun, said: Callable[[float], None] = lambda share: None) -> FinishedRun:
    """Cross-fit the training rows, keep their scores with the run, and set its threshold by the same rule anew.

    A threshold that somebody chose as a value stays.

    Parameters
    ----------
    run
        A finished run, under its own score.
    said
        Called with the share that is done.

    Returns
    -------
    The run, opened anew.

    Raises
    ------
    DataError
        When it has too few training rows, or a scale that cannot be cross-fitted.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    from core.judging.cross_fitting import FOLDS, cross_fitted

    own = run.under("")
    rows = own.fitted_on
    labels = read_labels(own.table, own.schema)
    normal = bool((labels >= 0).any()) and own.recipe.split.train_on == "normal"
    validation = np.flatnonzero(own.scored.among(("validation",)))
    split = Split(rows, validation, np.empty(0, np.int64), "", normal)
    scores = cross_fitted(own.samples, own.recipe, split, said)
    buffer = BytesIO()
    pq.write_table(pa.table({"row": rows, "score": scores}), buffer, compression="zstd")
    own.space.artifacts.write_bytes(f"{own.folder}/{CROSS_FITTED}", buffer.getvalue())
    result = dict(own.space.store.run(own.id).result or {})
    result["cross_fitted"] = {"rows": len(rows), "folds": FOLDS}
    own.space.artifacts.write_json(f"{own.folder}/result.json", result)
    own.space.store.write_result(own.id, result)
    again = FinishedRun.open(own.space, own.id)
    rule, settings = _rule_of(again)
    if rule in THRESHOLDS and rule != "value":
        outcome = evaluate(rule, settings, run_evidence(again))
        if outcome.threshold is not None:
            save_threshold(again, outcome)
    return FinishedRun.open(own.space, own.id)


def _rule_of(run: FinishedRun) -> tuple[str, dict[str, object]]:
    stored = run.result.get(SET_BY)
    if stored:
        return str(stored["rule"]), dict(stored["settings"])
    config = run.recipe.threshold
    number = THRESHOLDS[config.rule].number() if config.rule in THRESHOLDS else None
    return config.rule, {number.name: config.value} if number else {}
