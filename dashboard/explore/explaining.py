"""Asks a worker why rows are odd, and tells how far it is; torch and scikit-learn stay on the worker's side."""

import logging
import threading
from typing import TYPE_CHECKING

import streamlit as st

from core.errors import AnomalensError, DataError
from core.jobs import explaining, progress
from core.jobs.progress import JobStatus
from dashboard.server import cache

if TYPE_CHECKING:
    from core.explain.explanation import Explanation
    from core.explain.family_store import Families
    from core.jobs.engine import Engine
    from core.store.workspace import Workspace

log = logging.getLogger(__name__)

START_SECONDS = 60.0
LONGEST_SECONDS = 24 * 3600.0
STORY_SECONDS = 180.0
"""Shapley values of hundreds of columns take a while; the first question to a run loads it."""
METHODS = {
    "exchange": "Exchange",
    "gradients": "Integrated gradients",
    "shapley": "Shapley values",
}


def story(run_id: str, score: str, row: int, method: str = "exchange") -> "Explanation":
    """All that is told of one row.

    Raises
    ------
    DataError
        When the run kept no networks, or the worker could not explain the row.
    """
    if not cache.workspace().artifacts.exists(f"runs/{run_id}/model.json"):
        raise DataError("This run kept no networks, so only what it stored can be shown. Train again to ask it more.")
    return _story(run_id, score, row, method)


@st.cache_resource(show_spinner=False, max_entries=256)
def _story(run_id: str, score: str, row: int, method: str) -> "Explanation":
    try:
        return cache.engine().call(
            explaining.row_story, run_id, row, cache.workspace().settings, score, method, timeout=STORY_SECONDS
        )
    except AnomalensError:
        raise
    except Exception as problem:
        # Whatever went wrong on the worker, the page goes on and says it.
        log.warning("Row %d of run %s was not explained.", row, run_id, exc_info=True)
        raise DataError(f"This row could not be explained: {problem}") from problem


def families(run_id: str, score: str, threshold: float, parts: tuple[str, ...]) -> "Families":
    """The families that were computed; see :func:`standing`."""
    return _families(run_id, score, threshold, parts)


@st.cache_resource(show_spinner=False, max_entries=16)
def _families(run_id: str, score: str, threshold: float, parts: tuple[str, ...]) -> "Families":
    from core.explain.family_store import folder_of, read_families

    return read_families(cache.workspace().artifacts, folder_of(run_id, score, threshold, parts))


def family_names(run_id: str, found: "Families") -> dict[int, str]:
    """What people call families, by number; as it is now, whoever named them."""
    from core.explain.names import names_of, read_names

    return names_of(found, read_names(cache.workspace().artifacts, run_id))


def standing(run_id: str, score: str, threshold: float, parts: tuple[str, ...]) -> JobStatus:
    """How far the families of the rows above a threshold are; asks nobody."""
    folder = _folder(run_id, score, threshold, parts)
    now = progress.standing(cache.workspace().artifacts, folder, "families.json")
    asked, lock = _asked()
    with lock:
        thread = asked.get(folder)
    waiting = thread is not None and thread.is_alive() and not now.ready and not now.problem
    return JobStatus(running=True, share=now.share) if waiting else now


def ask(run_id: str, score: str, threshold: float, parts: tuple[str, ...]) -> None:
    """Let a worker group the rows above a threshold, unless it is done or being done; a failure is forgotten."""
    folder = _folder(run_id, score, threshold, parts)
    now = standing(run_id, score, threshold, parts)
    if now.ready or now.running:
        return
    asked, lock = _asked()
    with lock:
        progress.tell(cache.workspace().artifacts, folder)
        # The server's own engine and workspace: the thread outlives the session that asked.
        thread = threading.Thread(
            target=_wait,
            args=(cache.engine(), cache.workspace(), run_id, score, threshold, parts),
            name="families",
            daemon=True,
        )
        asked[folder] = thread
        thread.start()


def _wait(
    engine: "Engine", space: "Workspace", run_id: str, score: str, threshold: float, parts: tuple[str, ...]
) -> None:
    """Wait for the worker; it tells its own failures, and here are those of not reaching one."""
    try:
        if not engine.wait(START_SECONDS):
            problem = engine.problem or "No worker is there to compute it. Try again in a moment."
        else:
            engine.call(
                explaining.compute_families, run_id, score, threshold, parts, space.settings, timeout=LONGEST_SECONDS
            )
            return
    except AnomalensError as error:
        problem = str(error)
    except Exception:
        log.warning("The families of run %s were not computed.", run_id, exc_info=True)
        problem = (
            "The worker ended before the rows were grouped, most likely for want of memory. Try again, or raise the "
            "threshold."
        )
    from core.explain.family_store import folder_of

    progress.tell(space.artifacts, folder_of(run_id, score, threshold, parts), problem=problem)


def _folder(run_id: str, score: str, threshold: float, parts: tuple[str, ...]) -> str:
    from core.explain.family_store import folder_of

    return folder_of(run_id, score, threshold, parts)


@st.cache_resource(show_spinner=False)
def _asked() -> tuple[dict[str, threading.Thread], threading.Lock]:
    return {}, threading.Lock()
