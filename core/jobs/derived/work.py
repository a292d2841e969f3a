"""What a worker does with something that is derived from a run: takes it in hand, computes it, says how it ended."""

import logging
from collections.abc import Callable, Mapping
from typing import Any

from core.errors import AnomalensError, UnknownNameError
from core.jobs.derived import request
from core.jobs.derived.base import CancelledError, Derived, Step, WorkControl
from core.jobs.derived.status import Heartbeat, clear_progress, write_progress
from core.jobs.worker_settings import reachable
from core.results.finished_run import FinishedRun
from core.settings import Settings
from core.store.workspace import Workspace, open_workspace

log = logging.getLogger(__name__)


def derive(run_id: str, wanted: Derived, token: str, settings: Settings) -> None:
    """Compute something for a request and keep it beside its run, unless it is there or nobody wants it any more.

    Parameters
    ----------
    run_id
        A finished run.
    wanted
        What to derive from it.
    token
        Of the request; when another one came meanwhile, nothing is done.
    settings
        Where the workspace is.

    Notes
    -----
    It raises nothing: whatever goes wrong is said where :func:`core.jobs.derived.status.status` finds it. Of a run
    that was deleted meanwhile nothing stays.
    """
    from core.jobs.training_job import failure_reason

    space = open_workspace(reachable(settings))
    artifacts, control, problem = space.artifacts, WorkControl(), ""
    if not request.holds(artifacts, run_id, wanted, token):
        return
    try:
        run = FinishedRun.open(space, run_id, wanted.score)
        if not _is_there(run, wanted):
            _compute(run, wanted, control, token, in_child=wanted.own_process)
    except Exception as error:
        problem = "" if control.ending else failure_reason(error)
        if problem and not isinstance(error, AnomalensError):
            log.exception("%s of run %s failed.", wanted.noun, run_id)
    if not _exists(space, run_id):
        artifacts.delete(f"runs/{run_id}")
    elif request.holds(artifacts, run_id, wanted, token):
        if problem:
            write_progress(artifacts, run_id, wanted, problem=problem)
            return
        request.settle(artifacts, run_id, wanted, token)
        clear_progress(artifacts, run_id, wanted)
    elif request.is_cancelled(artifacts, run_id, wanted):
        wanted.discard(artifacts, run_id)


def derive_here(
    run: FinishedRun,
    wanted: Derived,
    *,
    again: bool = False,
    listener: Callable[[Mapping[str, Step]], None] = lambda steps: None,
) -> Any:
    """Something that is derived from a run, computed in this process or found where it was kept.

    Parameters
    ----------
    run
        A finished run, opened under the score that it is about.
    wanted
        What to derive from it.
    again
        Compute anew what is there already.
    listener
        Called with the steps of a computation that has several whenever one of them changes.

    Raises
    ------
    UnknownNameError
        When the run was deleted meanwhile.
    AnomalensError
        When it cannot be computed.
    """
    artifacts = run.space.artifacts
    if again:
        wanted.forget(artifacts, run.id)
    if again or not _is_there(run, wanted):
        token = request.claim(artifacts, run.id, wanted)
        try:
            _compute(run, wanted, WorkControl(listener), token, in_child=False)
        finally:
            request.settle(artifacts, run.id, wanted, token)
            clear_progress(artifacts, run.id, wanted)
        if not _exists(run.space, run.id):
            artifacts.delete(run.folder)
        run.space.store.run(run.id)
    return wanted.read(run)


def _is_there(run: FinishedRun, wanted: Derived) -> bool:
    return run.space.artifacts.exists(wanted.last_file(run.id)) and wanted.is_current(run)


def _compute(run: FinishedRun, wanted: Derived, control: WorkControl, token: str, *, in_child: bool) -> None:
    with Heartbeat(run.space.artifacts, run.id, wanted, control, token):
        if in_child:
            from core.jobs.derived.children import compute_in_child

            compute_in_child(run, wanted, control)
        else:
            wanted.compute(run, control)
    if control.ending:
        raise CancelledError


def _exists(space: Workspace, run_id: str) -> bool:
    try:
        space.store.run(run_id)
    except UnknownNameError:
        return False
    return True
