"""Why rows of a finished run are odd, as a worker answers it: what the page's server calls by name, without torch."""

import logging
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from core.errors import AnomalensError, UnknownNameError
from core.explain.explanation import Explanation
from core.jobs import progress
from core.jobs.worker import reachable
from core.settings import Settings
from core.store.workspace import open_workspace

if TYPE_CHECKING:
    from core.explain.code_units import CodeUnits, Walk
    from core.explain.family_store import Families
    from core.explain.position_explainer import PositionExplainer

log = logging.getLogger(__name__)


def row_story(run_id: str, row: int, settings: Settings, score: str = "", method: str = "exchange") -> Explanation:
    """All that is told of one row.

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
        How the score is shared among the features (:data:`core.explain.position_explainer.METHODS`).

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
    """The columns that contribute most to the scores of some rows, as :func:`row_story` tells them of each.

    Raises
    ------
    AnomalensError
        When the run or its dataset is not there.
    """
    import numpy as np

    explainer = _explainer(run_id, reachable(settings), score)
    with explainer.turn:
        return explainer.reasons(np.asarray(rows, dtype=np.int64))


def compute_families(run_id: str, score: str, threshold: float, parts: Sequence[str], settings: Settings) -> None:
    """Group the flagged rows of a run and store it beside the run, unless it is there.

    It raises nothing: whatever goes wrong is told where :func:`core.jobs.progress.standing` finds it.
    """
    from core.explain.family_store import folder_of
    from core.jobs.job import sentence

    artifacts = open_workspace(reachable(settings)).artifacts
    folder = folder_of(run_id, score, threshold, parts)
    try:
        families_of(run_id, score, threshold, parts, settings)
        progress.forget(artifacts, folder)
    except UnknownNameError:  # deleted meanwhile: nobody is left to be told
        artifacts.delete(folder)
    except Exception as error:
        if not isinstance(error, AnomalensError):
            log.exception("The families of run %s failed.", run_id)
        progress.tell(artifacts, folder, problem=sentence(error))


def families_of(run_id: str, score: str, threshold: float, parts: Sequence[str], settings: Settings) -> "Families":
    """The families of a run's rows above a threshold, computed now or found where they were stored.

    Raises
    ------
    AnomalensError
        When the run or its dataset is gone or cannot be read.
    """
    from core.explain.family_store import compute_families, folder_of, read_families, write_families

    space = open_workspace(reachable(settings))
    space.store.run(run_id)
    folder = folder_of(run_id, score, threshold, parts)
    if progress.standing(space.artifacts, folder, "families.json").ready:
        return read_families(space.artifacts, folder)
    with progress.Beat(space.artifacts, folder) as beat:
        # An explainer of its own: questions about single rows do not wait for minutes.
        explainer = _explainer(run_id, reachable(settings), score, "families")
        with explainer.turn:
            found = compute_families(
                explainer, explainer.scored, threshold, parts, seed=explainer.seed, control=beat.control
            )
        write_families(space.artifacts, folder, found)
    space.store.run(run_id)
    return found


def _explainer(run_id: str, settings: Settings, score: str, purpose: str = "story") -> "PositionExplainer":
    space = open_workspace(settings)
    dataset = space.store.dataset(space.store.run(run_id).dataset_id)
    # The same file read in another way is other rows under the same id.
    how_read = f"{dataset.rows} {dataset.test_rows} {dataset.report.get('options')}"
    return _opened(run_id, settings, score, how_read, purpose)


@lru_cache(maxsize=3)
def _opened(run_id: str, settings: Settings, score: str, how_read: str, purpose: str) -> "PositionExplainer":
    """An explainer that several questions about a run share: to open one takes longer than to ask it."""
    del how_read, purpose
    from core.explain.opening import explainer_of
    from core.explain.position_explainer import PositionExplainer
    from core.results.finished_run import FinishedRun

    found = explainer_of(FinishedRun.open(open_workspace(settings), run_id, score))
    assert isinstance(found, PositionExplainer)
    return found


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
