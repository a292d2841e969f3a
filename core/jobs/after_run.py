"""What follows a finished run in its worker: its checks, and the comparison if somebody asked for one."""

import logging

from core.compare.request import read_newest
from core.errors import UnknownNameError
from core.jobs.derived import request
from core.jobs.derived.checks import DerivedChecks
from core.jobs.derived.comparison import DerivedComparison
from core.jobs.derived.expected import DerivedExpected
from core.jobs.derived.status import status
from core.jobs.derived.work import derive, derive_here
from core.jobs.worker_settings import reachable
from core.lanes.lanes import has_lanes
from core.results.finished_run import FinishedRun, has_scores
from core.settings import Settings
from core.store.workspace import open_workspace

log = logging.getLogger(__name__)


LOOKED_AHEAD = 1_000_000
"""Moments of series of which it is asked at once what was expected; of more, when somebody opens their time line."""


def after_run(run_id: str, settings: Settings) -> None:
    """Check a run, and compare it with what somebody wants it to be compared with; raises nothing."""
    space = open_workspace(reachable(settings))
    try:
        run = space.store.run(run_id)
        # Also of one that failed once it was scored: its scores are looked at like any others.
        if not has_scores(space, run):
            return
        newest = read_newest(space.artifacts, run_id)
        comparison = DerivedComparison(newest) if newest else None
        if comparison is not None and request.is_asked(space.artifacts, run_id, comparison):
            # Somebody who looked at the page already may have called another worker for it.
            if not status(space.artifacts, run_id, comparison).running:
                derive(run_id, comparison, request.token_of(space.artifacts, run_id, comparison), settings)
        else:
            derive_here(FinishedRun(space, run), DerivedChecks())
        _expect(FinishedRun(space, run))
    except UnknownNameError:
        return
    except Exception:  # the run itself is done and well
        if run_id in space.store.run_ids():  # else it was deleted meanwhile
            log.warning("Run %s was not checked.", run_id, exc_info=True)


def _expect(run: FinishedRun) -> None:
    """Ask the networks what they expected of each moment, for the time line."""
    if run.has_networks and has_lanes(run) and len(run.samples) <= LOOKED_AHEAD:
        derive_here(run, DerivedExpected())
