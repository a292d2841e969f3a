"""Questions about rows of a finished run that a worker answers within seconds: why they are odd, what their codes mean.

The page's server calls these functions by name, and needs no torch for it. What takes longer is derived work
(:mod:`core.jobs.derived`).
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from core.explain.explanation import Explanation
from core.jobs.worker_settings import reachable
from core.results.finished_run import FinishedRun
from core.settings import Settings
from core.store.workspace import open_workspace

if TYPE_CHECKING:
    from core.explain.code_units import CodeUnits, Walk
    from core.explain.position_explainer import PositionExplainer


def explain_row(run_id: str, row: int, settings: Settings, score: str = "", method: str = "exchange") -> Explanation:
    """Why one row has its score.

    Parameters
    ----------
    run_id
        A finished run.
    row
        A row's number in its dataset.
    settings
        Where the workspace is.
    score
        The name of another score that was computed for the run; its own by default.
    method
        How the score is shared among the features (:data:`core.explain.methods.METHODS`).

    Raises
    ------
    AnomalensError
        When the run, its dataset or the row is not there.
    """
    explainer = _explainer(run_id, reachable(settings), score)
    # The threads of a worker share it, and its networks pass rows through buffers of their own.
    with explainer.turn:
        return explainer.explain(row, method)


def row_reasons(
    run_id: str, rows: Sequence[int], settings: Settings, score: str = ""
) -> dict[int, list[tuple[str, float]]]:
    """The columns that contribute most to the scores of some rows, as :func:`explain_row` has them.

    Raises
    ------
    AnomalensError
        When the run or its dataset is not there.
    """
    import numpy as np

    explainer = _explainer(run_id, reachable(settings), score)
    with explainer.turn:
        return explainer.reasons(np.asarray(rows, dtype=np.int64))


def stored_lines(run_id: str, rows: Sequence[int], settings: Settings, score: str = "") -> list[dict[str, Any]]:
    """The parts of some rows as ``explanations.parquet`` would have them: shares of the error, the largest first.

    Raises
    ------
    AnomalensError
        When the run, its dataset or a row is not there.
    """
    import numpy as np

    run = FinishedRun.open(open_workspace(reachable(settings)), run_id, score)
    lines: list[dict[str, Any]] = run.detector.explain_samples(run.samples, np.asarray(rows, dtype=np.int64)).to_dict(
        "records"
    )
    return lines


def units_of_code(run_id: str, settings: Settings, score: str = "") -> "CodeUnits":
    """What excites the units of a run's code.

    Raises
    ------
    AnomalensError
        When the run or its dataset is not there.
    """
    from core.explain.code_units import code_units

    explainer = _explainer(run_id, reachable(settings), score)
    with explainer.turn:
        return code_units(explainer)


def latent_walk(
    run_id: str, settings: Settings, score: str = "", start: int | None = None, end: int | None = None
) -> "Walk":
    """What lies between two rows in the latent space; by default between a typical normal row and the oddest one.

    Raises
    ------
    AnomalensError
        When the run, its dataset or a row is not there.
    """
    from core.explain.code_units import ends, walk

    explainer = _explainer(run_id, reachable(settings), score)
    with explainer.turn:
        usual, odd = ends(explainer)
        return walk(explainer, usual if start is None else start, odd if end is None else end)


def open_explainer(run: FinishedRun) -> "PositionExplainer":
    """The explainer of a run under the score that it was opened with."""
    from core.explain.opening import explainer_of
    from core.explain.position_explainer import PositionExplainer

    found = explainer_of(run)
    assert isinstance(found, PositionExplainer)
    return found


def _explainer(run_id: str, settings: Settings, score: str) -> "PositionExplainer":
    run = FinishedRun.open(open_workspace(settings), run_id, score)
    # The same file read in another way is other rows under the same id.
    how_read = f"{run.dataset.rows} {run.dataset.test_rows} {run.dataset.report.get('options')}"
    return _opened(run_id, run.score, settings, how_read)


@lru_cache(maxsize=3)
def _opened(run_id: str, score: str, settings: Settings, how_read: str) -> "PositionExplainer":
    """An explainer that several questions about a run share: to open one takes longer than to ask it."""
    del how_read
    return open_explainer(FinishedRun.open(open_workspace(settings), run_id, score))
