"""Where a run is done: in a Dask worker, or in the process of whoever calls :func:`run_job`."""

import os
import threading
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from core.errors import ConfigError, UnknownNameError
from core.jobs.job import TrainingJob
from core.jobs.patience import patiently
from core.jobs.process import identity, offer_as_victim
from core.settings import Settings
from core.settings import settings as own_settings
from core.store.database import database_url
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
        attempt = patiently(lambda: store.claim(run_id, identity()))
        if attempt is not None:
            _job(workspace, patiently(lambda: store.run(run_id)), attempt).execute()
    return patiently(lambda: store.run(run_id))


def _job(workspace: Workspace, run: Run, attempt: int) -> TrainingJob:
    """A run of its own, or a trial of a search."""
    if run.search_id is None:
        return TrainingJob(workspace, run, attempt)
    from core.search.job import TrialJob

    return TrialJob(workspace, run, attempt)


def work(run_id: str, settings: Settings) -> None:
    """What Dask runs: a run, with the settings that the server sent, and what follows a finished one."""
    from core.jobs.comparing import after_run

    offer_as_victim()
    with suppress(UnknownNameError):  # deleted while it was waiting or running: nobody is left to be told
        run = run_job(run_id, reachable(settings))
        if run.search_id is None:  # a trial keeps no scores that could be looked at
            after_run(run_id, settings)


def reachable(sent: Settings) -> Settings:
    """The settings for a worker: the server's own when it started the worker, else what the worker can reach.

    On a cluster ``ANOMALENS_DATABASE_URL`` and ``ANOMALENS_STORAGE`` of the worker's own environment come first,
    because the same database may have another name over there; what is not set is taken from the server. The home
    folder, which then holds caches only, is always the worker's.

    Raises
    ------
    ConfigError
        When the database is a SQLite file that this machine does not have.
    """
    if not sent.scheduler:
        return sent
    own = own_settings()
    address = own.database_url if os.environ.get("ANOMALENS_DATABASE_URL") else sent.database_url
    url = database_url(address)
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file():
        raise ConfigError(
            f"A worker on another machine must reach the run store. {url.database} is not on this one. "
            "Set ANOMALENS_DATABASE_URL to a PostgreSQL server, and ANOMALENS_STORAGE to an object store."
        )
    storage = own.storage if os.environ.get("ANOMALENS_STORAGE") else sent.storage
    return replace(sent, home=own.home, database_url=address, storage=storage)
