"""What a worker does: a queued run (in any process that calls :func:`run_job`), and quick questions of the server."""

import threading
from contextlib import suppress

from core.errors import UnknownNameError
from core.jobs.process import identity, offer_as_victim
from core.jobs.retries import retried
from core.jobs.training_job import TrainingJob
from core.jobs.worker_settings import reachable
from core.settings import Settings
from core.store.records import Run
from core.store.workspace import Workspace, open_workspace

_ONE_AT_A_TIME = threading.Lock()
"""Where a cluster's workers have several threads, the others wait, and their runs stay queued."""


def run_job(run_id: str, settings: Settings | None = None) -> Run:
    """Do a queued run in this process, from its checkpoint if it has one.

    Parameters
    ----------
    run_id
        The run; when somebody else was faster to take it up, nothing is done.
    settings
        Where the store and the artifacts are; the environment's by default.

    Returns
    -------
    The run as it is afterwards: done, stopped, cancelled, paused, or failed with its reason; a failed run raises
    nothing.
    """
    workspace = open_workspace(settings)
    store = workspace.store
    with _ONE_AT_A_TIME:
        attempt = retried(lambda: store.claim(run_id, identity()))
        if attempt is not None:
            _job(workspace, retried(lambda: store.run(run_id)), attempt).execute()
    return retried(lambda: store.run(run_id))


def _job(workspace: Workspace, run: Run, attempt: int) -> TrainingJob:
    """A run of its own, or a trial of a search."""
    if run.search_id is None:
        return TrainingJob(workspace, run, attempt)
    from core.jobs.search.trial import TrialJob

    return TrialJob(workspace, run, attempt)


def work(run_id: str, settings: Settings) -> None:
    """What Dask calls: does a run, with the settings that the server sent, and what follows a finished one."""
    from core.jobs.after_run import after_run

    offer_as_victim()
    with suppress(UnknownNameError):  # deleted while it was waiting or running: nobody waits for it
        run = run_job(run_id, reachable(settings))
        if run.search_id is None:  # a trial keeps no scores that could be looked at
            after_run(run_id, settings)


def make_again(path: str, settings: Settings) -> str:
    """Make a damaged file of a run or a dataset again; what became of it, as a sentence."""
    from core.doctor.findings import StoreFault
    from core.doctor.repair import repair

    (done,) = repair(open_workspace(reachable(settings)), [StoreFault("damaged", path, "")])
    return f"{path}: {done.sentence}"


def devices() -> list[dict[str, str]]:
    """Every device of the worker's machine."""
    from core.runtime import devices as of_this_machine

    return of_this_machine()


def warm_up() -> None:
    """Load what a training needs, so that the first one does not wait for it."""
    import duckdb  # noqa: F401
    import pyarrow.parquet  # noqa: F401
    import torch

    import core.detector.experiment
    import core.models

    core.models.MODELS.names()
    # The first optimizer of a process loads PyTorch's compiler, whether or not it is used: a second's work.
    torch.optim.AdamW([torch.zeros(1, requires_grad=True)])
