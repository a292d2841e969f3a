"""A map of a finished run as a worker computes it, with its progress where every server can read it."""

import logging

from core.errors import AnomalensError, UnknownNameError
from core.jobs import progress
from core.jobs.interruptible import run_until
from core.jobs.progress import JobStatus
from core.jobs.worker import reachable
from core.projections.request import FILE, MapRequest, folder_of
from core.settings import Settings
from core.store.artifacts import Artifacts
from core.store.workspace import open_workspace

log = logging.getLogger(__name__)


def standing(artifacts: Artifacts, run_id: str, request: MapRequest) -> JobStatus:
    """How far a map is; all false when nobody asked for it yet, or whoever computed it is gone."""
    return progress.standing(artifacts, folder_of(run_id, request), FILE)


def cancel(artifacts: Artifacts, run_id: str, request: MapRequest) -> None:
    """End a map that is being computed; the worker hears of it within a second and keeps nothing."""
    progress.cancel(artifacts, folder_of(run_id, request))


def compute_map(run_id: str, request: MapRequest, settings: Settings) -> None:
    """Compute a map of a finished run and store it beside the run, unless it is there or nobody wants it any more.

    It raises nothing: whatever goes wrong is told where :func:`standing` finds it.
    """
    from core.index.table import Table
    from core.jobs.job import sentence
    from core.projections.computing import compute

    space = open_workspace(reachable(settings))
    artifacts, folder = space.artifacts, folder_of(run_id, request)
    try:
        now = standing(artifacts, run_id, request)
        if not (now.ready or now.cancelled):
            run = space.store.run(run_id)
            table = Table.open(space.store.dataset(run.dataset_id), artifacts)
            with progress.Beat(artifacts, folder) as beat:
                control = beat.control
                run_until(lambda: compute(artifacts, table, run_id, request, control), lambda: bool(control.ending))
            space.store.run(run_id)
        progress.forget(artifacts, folder)
    except UnknownNameError:  # deleted meanwhile: nobody is left to be told
        artifacts.delete(folder)
    except Exception as error:
        if not isinstance(error, AnomalensError):
            log.exception("The map %s of run %s failed.", request.folder, run_id)
        progress.tell(artifacts, folder, problem=sentence(error))
