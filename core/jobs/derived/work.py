"""Computes derived work in a worker: takes the request, computes, writes the progress and how it ended."""

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


def derive(run_id: str, derived: Derived, token: str, settings: Settings) -> None:
    """Compute something for a request and keep it beside its run, unless it is there or nobody wants it any more.

    Parameters
    ----------
    run_id
        A finished run.
    derived
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
    if not request.holds(artifacts, run_id, derived, token):
        return
    try:
        run = FinishedRun.open(space, run_id, derived.score)
        if not _is_there(run, derived):
            _compute(run, derived, control, token, in_child=derived.own_process)
    except Exception as error:
        problem = "" if control.ending else failure_reason(error)
        if problem and not isinstance(error, AnomalensError):
            log.exception("%s of run %s failed.", derived.noun, run_id)
    if not _exists(space, run_id):
        artifacts.delete(f"runs/{run_id}")
    elif request.holds(artifacts, run_id, derived, token):
        if problem:
            write_progress(artifacts, run_id, derived, problem=problem)
            return
        request.settle(artifacts, run_id, derived, token)
        clear_progress(artifacts, run_id, derived)
    elif request.is_cancelled(artifacts, run_id, derived):
        derived.discard(artifacts, run_id)


def derive_here(
    run: FinishedRun,
    derived: Derived,
    *,
    again: bool = False,
    listener: Callable[[Mapping[str, Step]], None] = lambda steps: None,
) -> Any:
    """Something that is derived from a run, computed in this process or found where it was kept.

    Parameters
    ----------
    run
        A finished run, opened under the score that it is about.
    derived
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
        derived.forget(artifacts, run.id)
    if again or not _is_there(run, derived):
        token = request.claim(artifacts, run.id, derived)
        try:
            _compute(run, derived, WorkControl(listener), token, in_child=False)
        finally:
            request.settle(artifacts, run.id, derived, token)
            clear_progress(artifacts, run.id, derived)
        if not _exists(run.space, run.id):
            artifacts.delete(run.folder)
        run.space.store.run(run.id)
    return derived.read(run)


def _is_there(run: FinishedRun, derived: Derived) -> bool:
    return run.space.artifacts.exists(derived.last_file(run.id)) and derived.is_current(run)


def _compute(run: FinishedRun, derived: Derived, control: WorkControl, token: str, *, in_child: bool) -> None:
    with Heartbeat(run.space.artifacts, run.id, derived, control, token):
        if in_child:
            from core.jobs.derived.children import compute_in_child

            compute_in_child(run, derived, control)
        else:
            derived.compute(run, control)
    if control.ending:
        raise CancelledError


def _exists(space: Workspace, run_id: str) -> bool:
    try:
        space.store.run(run_id)
    except UnknownNameError:
        return False
    return True
