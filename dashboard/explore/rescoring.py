"""Asks a worker for another score of a run, and tells how far it is; torch stays on the worker's side.

One question per run and score goes on at a time, however many browsers ask. What is known of it lies beside the run, so
that a page that is opened again, or elsewhere, sees the same.
"""

import logging
import threading
from typing import TYPE_CHECKING

import streamlit as st

from core.errors import AnomalensError
from core.jobs import rescoring
from core.jobs.rescoring import JobStatus
from dashboard.server import cache

if TYPE_CHECKING:
    from core.jobs.engine import Engine
    from core.store.workspace import Workspace

log = logging.getLogger(__name__)

START_SECONDS = 60.0
LONGEST_SECONDS = 24 * 3600.0


def follow(run_id: str, score: str) -> JobStatus:
    """How far a score of a run is; a worker is asked for it when nobody computes it and it did not fail."""
    artifacts = cache.workspace().artifacts
    now = rescoring.standing(artifacts, run_id, score)
    if now.ready or now.problem:
        return now
    asked, lock = _asked()
    with lock:
        thread = asked.get((run_id, score))
        if now.running or (thread is not None and thread.is_alive()):
            return JobStatus(running=True, share=now.share)
        rescoring.tell(artifacts, run_id, score)
        # The server's own engine and workspace: the thread outlives the session that asked.
        thread = threading.Thread(
            target=_ask, args=(cache.engine(), cache.workspace(), run_id, score), name=f"score {score}", daemon=True
        )
        asked[run_id, score] = thread
        thread.start()
    return JobStatus(running=True)


def try_again(run_id: str, score: str) -> None:
    """Forget a failure: the next look asks again."""
    rescoring.forget(cache.workspace().artifacts, run_id, score)


def _ask(engine: "Engine", space: "Workspace", run_id: str, score: str) -> None:
    """Wait for the worker; it tells its own failures, and here are those of not reaching one."""
    try:
        if not engine.wait(START_SECONDS):
            problem = engine.problem or "No worker is there to compute it. Try again in a moment."
        else:
            engine.call(rescoring.compute_score, run_id, score, space.settings, timeout=LONGEST_SECONDS)
            return
    except AnomalensError as error:
        problem = str(error)
    except Exception:
        log.warning("The score %s of run %s was not computed.", score, run_id, exc_info=True)
        problem = (
            "The worker ended before the score was computed, most likely for want of memory. Try again, or choose "
            "another score."
        )
    rescoring.tell(space.artifacts, run_id, score, problem=problem)


@st.cache_resource(show_spinner=False)
def _asked() -> tuple[dict[tuple[str, str], threading.Thread], threading.Lock]:
    return {}, threading.Lock()
