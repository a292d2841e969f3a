"""Another score of a finished run as a worker computes it, with its progress where every server can read it.

``runs/<id>/scores/<name>/progress.json`` is there while the score is being computed, and after a failure, which it
says in a sentence; ``result.json`` beside it is there when all is done.
"""

import logging
from typing import Any

from core.errors import AnomalensError, UnknownNameError
from core.jobs import progress
from core.jobs.progress import JobStatus
from core.jobs.worker import reachable
from core.recipe import ScoreConfig
from core.settings import Settings
from core.store.artifacts import Artifacts
from core.store.workspace import open_workspace

log = logging.getLogger(__name__)


def standing(artifacts: Artifacts, run_id: str, score: str) -> JobStatus:
    """How far a score is; all false when nobody asked for it yet, or whoever computed it is gone."""
    return progress.standing(artifacts, _folder(run_id, score), "result.json")


def tell(artifacts: Artifacts, run_id: str, score: str, *, share: float = 0.0, problem: str = "") -> None:
    """Write how far a score is, or why it failed."""
    progress.tell(artifacts, _folder(run_id, score), share=share, problem=problem)


def forget(artifacts: Artifacts, run_id: str, score: str) -> None:
    """Forget a progress or a failure, before it is tried again."""
    progress.forget(artifacts, _folder(run_id, score))


def compute_score(run_id: str, score: str, settings: Settings) -> None:
    """Compute another score of a finished run and store it beside the run, unless it is there.

    Parameters
    ----------
    run_id
        A finished run.
    score
        The score's name (:attr:`core.recipe.ScoreConfig.name`).
    settings
        Where the workspace is.

    Notes
    -----
    It raises nothing: whatever goes wrong is told where :func:`standing` finds it.
    """
    from core.jobs.job import sentence

    artifacts = open_workspace(reachable(settings)).artifacts
    try:
        rescore_run(run_id, ScoreConfig.from_name(score), settings)
        forget(artifacts, run_id, score)
    except UnknownNameError:  # deleted meanwhile: nobody is left to be told
        artifacts.delete(_folder(run_id, score))
    except Exception as error:
        if not isinstance(error, AnomalensError):
            log.exception("The score %s of run %s failed.", score, run_id)
        tell(artifacts, run_id, score, problem=sentence(error))


def rescore_run(run_id: str, config: ScoreConfig, settings: Settings) -> dict[str, Any]:
    """The result of a finished run under another score, computed now or found where it was stored.

    Raises
    ------
    UnknownNameError
        When the run is gone.
    DataError
        When its dataset or its networks cannot be read.
    """
    from core.detector.rescore import rescore
    from core.index.table import Table

    space = open_workspace(reachable(settings))
    run = space.store.run(run_id)
    if standing(space.artifacts, run_id, config.name).ready:
        stored: dict[str, Any] = space.artifacts.read_json(f"{_folder(run_id, config.name)}/result.json")
        return stored
    table = Table.open(space.store.dataset(run.dataset_id), space.artifacts)
    with progress.Beat(space.artifacts, _folder(run_id, config.name)) as beat:
        result = rescore(space.artifacts, table, run_id, config, beat.control)
    space.store.run(run_id)
    return result


def _folder(run_id: str, score: str) -> str:
    return f"runs/{run_id}/scores/{score}"
