"""Runs a search in this process, one trial after the other; for notebooks, scripts and tests."""

import time
from collections.abc import Callable

from core.jobs.worker import run_job
from core.search import lifecycle
from core.store.records import Run, Search
from core.store.workspace import Workspace

WAIT_SECONDS = 0.2


def run_in_process(workspace: Workspace, search_id: str, ended: Callable[[Run], object] | None = None) -> Search:
    """Do the trials of a running search until it has had its share, or somebody stops it.

    Parameters
    ----------
    ended
        Called after each trial.
    """
    store = workspace.store
    while True:
        lifecycle.advance(workspace, search_id, 1)
        if not store.search(search_id).active:
            return store.search(search_id)
        queued = [trial for trial in store.trials(search_id) if trial.state == "queued"]
        if not queued:  # another process has them all in hand
            time.sleep(WAIT_SECONDS)
            continue
        trial = run_job(queued[0].id, workspace.settings)
        if ended is not None:
            ended(trial)
