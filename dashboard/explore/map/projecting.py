"""Asks a worker for a map of a run's latent space, and tells how far it is; the libraries stay on the worker's side."""

import logging
import threading
from typing import TYPE_CHECKING

import streamlit as st

from core.errors import AnomalensError
from core.jobs import progress, projecting
from core.jobs.progress import JobStatus
from core.projections.request import MapRequest, folder_of
from dashboard.server import cache

if TYPE_CHECKING:
    from core.jobs.engine import Engine
    from core.store.workspace import Workspace

log = logging.getLogger(__name__)

START_SECONDS = 60.0
LONGEST_SECONDS = 24 * 3600.0


def standing(run_id: str, asked: MapRequest) -> JobStatus:
    """How far a map is; asks nobody."""
    now = projecting.standing(cache.workspace().artifacts, run_id, asked)
    threads, lock = _asked()
    with lock:
        thread = threads.get((run_id, asked))
    waiting = thread is not None and thread.is_alive() and not (now.ready or now.problem or now.cancelled)
    return JobStatus(running=True, share=now.share) if waiting else now


def ask(run_id: str, asked: MapRequest) -> None:
    """Let a worker compute a map, unless it is done or being done; a failure is forgotten."""
    now = standing(run_id, asked)
    if now.ready or now.running:
        return
    threads, lock = _asked()
    with lock:
        progress.ask_again(cache.workspace().artifacts, folder_of(run_id, asked))
        # The server's own engine and workspace: the thread outlives the session that asked.
        thread = threading.Thread(
            target=_wait, args=(cache.engine(), cache.workspace(), run_id, asked), name="map", daemon=True
        )
        threads[run_id, asked] = thread
        thread.start()


def cancel(run_id: str, asked: MapRequest) -> None:
    """End a map that is being computed, whoever asked for it."""
    projecting.cancel(cache.workspace().artifacts, run_id, asked)


def _wait(engine: "Engine", space: "Workspace", run_id: str, asked: MapRequest) -> None:
    """Wait for the worker; it tells its own failures, and here are those of not reaching one."""
    try:
        if not engine.wait(START_SECONDS):
            problem = engine.problem or "No worker is there to compute it. Try again in a moment."
        else:
            engine.call(projecting.compute_map, run_id, asked, space.settings, timeout=LONGEST_SECONDS)
            return
    except AnomalensError as error:
        problem = str(error)
    except Exception:
        log.warning("The map %s of run %s was not computed.", asked.folder, run_id, exc_info=True)
        problem = (
            "The worker ended before the map was done, most likely for want of memory. Try again with fewer rows to "
            "learn from."
        )
    progress.tell(space.artifacts, folder_of(run_id, asked), problem=problem)


@st.cache_resource(show_spinner=False)
def _asked() -> tuple[dict[tuple[str, MapRequest], threading.Thread], threading.Lock]:
    return {}, threading.Lock()
