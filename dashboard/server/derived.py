"""Asks a worker for what is derived from a run, follows it, cancels it, and holds what came of it; every kind alike.

One request per run and thing goes on at a time, however many browsers ask. What is known of it lies beside the run, so
that a page that is opened again, or elsewhere, sees the same. Torch and scikit-learn stay on the worker's side.
"""

from __future__ import annotations

import logging
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import streamlit as st

from core.errors import AnomalensError
from core.jobs.derived import request, work
from core.jobs.derived.base import Derived
from core.jobs.derived.status import JobStatus, write_progress
from core.jobs.derived.status import status as read_status
from dashboard.server import cache

if TYPE_CHECKING:
    from core.jobs.engine import Engine
    from core.store.workspace import Workspace

log = logging.getLogger(__name__)

START_SECONDS = 60.0
LONGEST_SECONDS = 24 * 3600.0


def status(run_id: str, wanted: Derived) -> JobStatus:
    """How far something is; asks nobody."""
    now = read_status(cache.workspace().artifacts, run_id, wanted)
    if now.ready or now.problem or now.cancelled or now.running:
        return now
    threads, lock = _waiting()
    with lock:
        thread = threads.get((run_id, wanted))
    # The worker has not begun, or is deep in something that keeps it from saying so.
    return replace(now, running=True) if thread is not None and thread.is_alive() else now


def begin(run_id: str, wanted: Derived) -> None:
    """Let a worker compute something, unless it is being done; that it failed or was cancelled is forgotten."""
    _, lock = _asking()
    with lock:
        now = status(run_id, wanted)
        if now.running or (now.ready and not wanted.again):
            return
        _begin(run_id, wanted)


def follow(run_id: str, wanted: Derived) -> JobStatus:
    """How far something is; a worker is asked for it when nobody computes it, it did not fail and was not cancelled."""
    now = status(run_id, wanted)
    if now.ready or now.problem or now.cancelled or now.running:
        return now
    begin(run_id, wanted)
    return JobStatus(running=True)


def cancel(run_id: str, wanted: Derived) -> None:
    """End a computation, whoever asked for it."""
    request.cancel(cache.workspace().artifacts, run_id, wanted)


def result(run_id: str, wanted: Derived) -> Any:
    """What came of it, read once per server.

    Raises
    ------
    DataError
        When it is not there; what is not there yet is not remembered.
    """
    return _result(run_id, repr(wanted), wanted)


@st.cache_resource(show_spinner=False, max_entries=48)
def _result(run_id: str, key: str, _wanted: Derived) -> Any:
    from core.results.finished_run import FinishedRun

    del key
    return _wanted.read(FinishedRun.open(cache.workspace(), run_id, _wanted.score))


def _begin(run_id: str, wanted: Derived) -> None:
    space = cache.workspace()
    token = request.ask(space.artifacts, run_id, wanted)
    write_progress(space.artifacts, run_id, wanted)
    _result.clear(run_id, repr(wanted), wanted)  # type: ignore[attr-defined]
    # The server's own engine and workspace: the thread outlives the session that asked.
    asked = (cache.engine(), space, run_id, wanted, token)
    thread = threading.Thread(target=_wait, args=asked, name=wanted.noun, daemon=True)
    threads, lock = _waiting()
    with lock:
        for key in [key for key, other in threads.items() if not other.is_alive()]:
            del threads[key]
        threads[run_id, wanted] = thread
        thread.start()


def _wait(engine: Engine, space: Workspace, run_id: str, wanted: Derived, token: str) -> None:
    """Wait for the worker; it says its own failures, and here are those of not reaching one."""
    try:
        if engine.wait(START_SECONDS):
            engine.call(work.derive, run_id, wanted, token, space.settings, timeout=LONGEST_SECONDS)
            return
        problem = engine.problem or f"No worker is there to compute {wanted.noun}. Try again in a moment."
    except AnomalensError as error:
        problem = str(error)
    except Exception:
        log.warning("%s of run %s was not computed.", wanted.noun, run_id, exc_info=True)
        problem = wanted.crashed
    if request.holds(space.artifacts, run_id, wanted, token):
        write_progress(space.artifacts, run_id, wanted, problem=problem)


@st.cache_resource(show_spinner=False)
def _waiting() -> tuple[dict[tuple[str, Derived], threading.Thread], threading.Lock]:
    """The threads that wait for a worker, by what they wait for."""
    return {}, threading.Lock()


@st.cache_resource(show_spinner=False)
def _asking() -> tuple[None, threading.Lock]:
    """One browser asks at a time, so that two do not ask for the same."""
    return None, threading.Lock()
