"""Another score of a finished run as a worker computes it, with its progress where every server can read it.

``runs/<id>/scores/<name>/progress.json`` is there while the score is being computed, and after a failure, which it
says in a sentence; ``result.json`` beside it is there when all is done.
"""

import logging
import threading
import time
from dataclasses import dataclass
from typing import Any

from core.errors import AnomalensError, DataError, UnknownNameError
from core.jobs.worker import reachable
from core.recipe import ScoreConfig
from core.settings import Settings
from core.store.artifacts import Artifacts
from core.store.workspace import open_workspace
from core.training.control import Control

log = logging.getLogger(__name__)

BEAT_SECONDS = 0.5
SILENT_SECONDS = 20.0
"""A progress that was not renewed for so long is that of a worker that is gone."""


@dataclass(frozen=True)
class Standing:
    """How far another score of a run is."""

    ready: bool = False
    running: bool = False
    share: float = 0.0
    """Of the rows, 0 to 1."""
    problem: str = ""
    """Why it failed, as a sentence."""


def standing(artifacts: Artifacts, run_id: str, score: str) -> Standing:
    """How far a score is; all false when nobody asked for it yet, or whoever computed it is gone."""
    folder = _folder(run_id, score)
    if artifacts.exists(f"{folder}/result.json"):
        return Standing(ready=True, share=1.0)
    try:
        told: dict[str, Any] = artifacts.read_json(f"{folder}/progress.json")
    except DataError:
        return Standing()
    if told["problem"]:
        return Standing(problem=str(told["problem"]))
    return Standing(running=time.time() - told["at"] < SILENT_SECONDS, share=float(told["share"]))


def tell(artifacts: Artifacts, run_id: str, score: str, *, share: float = 0.0, problem: str = "") -> None:
    """Write how far a score is, or why it failed."""
    told = {"share": share, "at": time.time(), "problem": problem}
    artifacts.write_json(f"{_folder(run_id, score)}/progress.json", told)


def forget(artifacts: Artifacts, run_id: str, score: str) -> None:
    """Forget a progress or a failure, before it is tried again."""
    artifacts.delete(f"{_folder(run_id, score)}/progress.json")


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
    from core.data.table import Table
    from core.scoring.rescore import rescore

    space = open_workspace(reachable(settings))
    run = space.store.run(run_id)
    if standing(space.artifacts, run_id, config.name).ready:
        stored: dict[str, Any] = space.artifacts.read_json(f"{_folder(run_id, config.name)}/result.json")
        return stored
    table = Table.open(space.store.dataset(run.dataset_id), space.artifacts)
    with _Beat(space.artifacts, run_id, config.name) as beat:
        result = rescore(space.artifacts, table, run_id, config, beat.control)
    space.store.run(run_id)
    return result


class _Beat:
    """Tells the progress of a control a few times a second, for the length of a ``with`` block."""

    def __init__(self, artifacts: Artifacts, run_id: str, score: str) -> None:
        self.control = Control()
        self._place = artifacts, run_id, score
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._tell, name="score progress", daemon=True)

    def __enter__(self) -> "_Beat":
        tell(*self._place)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()
        forget(*self._place)

    def _tell(self) -> None:
        progress = self.control.progress
        while not self._end.wait(BEAT_SECONDS):
            tell(*self._place, share=progress.batch / max(1, progress.batches))


def _folder(run_id: str, score: str) -> str:
    return f"runs/{run_id}/scores/{score}"
