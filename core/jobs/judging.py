"""What a worker judges anew for a page: a later file, and few held-out rows by those that trained; needs torch."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from core.jobs.worker_settings import reachable

if TYPE_CHECKING:
    from core.settings import Settings


def make_threshold_surer(run_id: str, settings: Settings) -> float:
    """The threshold of a run after its training rows were cross-fitted; see :func:`core.judging.surer.make_surer`.

    Raises
    ------
    AnomalensError
        When the run cannot be cross-fitted.
    """
    from core.judging.surer import make_surer
    from core.results.finished_run import FinishedRun
    from core.store.workspace import open_workspace

    return make_surer(FinishedRun.open(open_workspace(reachable(settings)), run_id)).threshold


def judge_new_file(run_id: str, score: str, path: str, name: str, settings: Settings) -> str:
    """The id of the run that a file became; see :func:`core.judging.judged_file.judge_file`.

    Raises
    ------
    AnomalensError
        When the run cannot judge, or the file cannot be read as the run's own was.
    """
    from core.judging.judged_file import judge_file
    from core.results.finished_run import FinishedRun
    from core.store.workspace import open_workspace

    run = FinishedRun.open(open_workspace(reachable(settings)), run_id, score)
    return judge_file(run, [Path(path)], name=name).id
