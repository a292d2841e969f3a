"""Bootstrap intervals of threshold rules as a worker computes them: what the page's server calls by name."""

from typing import Any

from core.jobs.worker_settings import reachable
from core.results import run_evidence
from core.results.finished_run import FinishedRun
from core.results.run_evidence import IntervalRequests
from core.settings import Settings
from core.store.workspace import open_workspace


def compute_intervals(
    run_id: str, score: str, requests: IntervalRequests, settings: Settings
) -> dict[str, dict[str, Any]]:
    """The intervals of some rules on the scores of a finished run, kept beside it.

    Raises
    ------
    AnomalensError
        When the run or its scores are not there.
    """
    run = FinishedRun.open(open_workspace(reachable(settings)), run_id, score)
    return run_evidence.compute_intervals(run, requests)
