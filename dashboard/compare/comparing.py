"""Asks a worker for a comparison, tells how far it is, holds finished ones; scikit-learn stays on the worker's side.

One comparison of a run goes on at a time, however many browsers look. What was asked for lies beside the run, so that a
page that is opened again, or elsewhere, sees the same, and one that lost its worker is taken up again.
"""

import logging
import threading
from typing import TYPE_CHECKING, Any

import streamlit as st

from core.compare import files
from core.errors import AnomalensError
from core.jobs import comparing
from core.jobs.comparing import ComparisonRequest, ComparisonStatus
from dashboard.server import cache

if TYPE_CHECKING:
    import pandas as pd

    from core.jobs.engine import Engine
    from core.store.records import Run
    from core.store.workspace import Workspace

log = logging.getLogger(__name__)

START_SECONDS = 60.0
LONGEST_SECONDS = 24 * 3600.0
SUMMARY_SECONDS = 5.0
"""How old the line on Explore may be."""


def begin(run_id: str, plan: ComparisonRequest) -> None:
    """Ask for a comparison; for one that failed, or is of another threshold, once more."""
    comparing.ask(cache.workspace().artifacts, run_id, plan)
    _report.clear(run_id, plan.key)  # type: ignore[attr-defined]
    follow(run_id, plan)


def follow(run_id: str, plan: ComparisonRequest) -> ComparisonStatus:
    """How far a comparison is; a worker is asked for the one that was last asked for, unless one is at it."""
    artifacts = cache.workspace().artifacts
    now = comparing.standing(artifacts, run_id, plan)
    if now.ready or comparing.asked(artifacts, run_id) != plan:
        return ComparisonStatus(ready=now.ready)
    if now.problem or now.stopped:
        return now
    asked, lock = _asked()
    with lock:
        thread = asked.get(run_id)
        if now.running or (thread is not None and thread.is_alive()):
            return ComparisonStatus(running=True, steps=now.steps)
        comparing.tell(artifacts, run_id, {})
        # The server's own engine and workspace: the thread outlives the session that asked.
        thread = threading.Thread(
            target=_ask, args=(cache.engine(), cache.workspace(), run_id), name=f"compare {run_id}", daemon=True
        )
        asked[run_id] = thread
        thread.start()
    return ComparisonStatus(running=True)


def stop(run_id: str) -> None:
    """Let the comparison under way go no further; what is done is kept."""
    comparing.stop(cache.workspace().artifacts, run_id)


def report(run_id: str, plan: ComparisonRequest) -> dict[str, Any] | None:
    """A finished comparison; None while there is none."""
    try:
        return _report(run_id, plan.key)
    except AnomalensError:
        return None


@st.cache_resource(show_spinner=False, max_entries=32)
def _report(run_id: str, key: str) -> dict[str, Any]:
    """What is not there yet is not remembered."""
    found: dict[str, Any] = cache.workspace().artifacts.read_json(files.report_path(run_id, key))
    return found


def checks(run_id: str) -> list[dict[str, Any]]:
    """The findings of the checks; empty before they were made."""
    return files.read_checks(cache.workspace().artifacts, run_id) or []


@st.cache_resource(show_spinner=False, ttl=SUMMARY_SECONDS, max_entries=256)
def summary(run_id: str) -> dict[str, Any]:
    """The verdict and the warnings in short."""
    return files.read_summary(cache.workspace().artifacts, run_id)


def plan_of(run_id: str) -> ComparisonRequest | None:
    """What was last asked for."""
    return comparing.asked(cache.workspace().artifacts, run_id)


def twins(run: "Run") -> "list[Run]":
    """Other finished runs on the same dataset with the same split and seed, the newest first."""
    every = cache.workspace().store.runs(run.dataset_id)
    same = (run.recipe.split, run.recipe.seed)
    return [one for one in every if one.result and one.id != run.id and (one.recipe.split, one.recipe.seed) == same]


def scores(run_id: str, found: dict[str, Any]) -> "pd.DataFrame":
    """Every compared row with its label and the score of the run and of each classical detector, as a table."""
    import pandas as pd

    artifacts = cache.workspace().artifacts
    own = pd.read_parquet(artifacts.local(f"runs/{run_id}/scores.parquet"), columns=["row", "part", "label", "score"])
    table: pd.DataFrame | None = None
    for one in found["detectors"]:
        if one["kind"] == "classical" and not one["problem"]:
            path = artifacts.local(f"{files.folder(run_id)}/detectors/{one['name']}.parquet")
            frame = pd.read_parquet(path).rename(columns={"score": one["name"]})
            table = frame if table is None else table.merge(frame, on="row")
    own = own.rename(columns={"score": "network"})
    return own if table is None else own.merge(table, on="row")


def _ask(engine: "Engine", space: "Workspace", run_id: str) -> None:
    """Wait for the worker; it tells its own failures, and here are those of not reaching one."""
    try:
        if not engine.wait(START_SECONDS):
            problem = engine.problem or "No worker is there to compare. Try again in a moment."
        else:
            engine.call(comparing.compute_comparison, run_id, space.settings, timeout=LONGEST_SECONDS)
            return
    except AnomalensError as error:
        problem = str(error)
    except Exception:
        log.warning("The comparison of run %s was not made.", run_id, exc_info=True)
        problem = (
            "The worker ended before all was compared, most likely for want of memory. Try again, or choose fewer "
            "detectors: those that are done stay done."
        )
    comparing.tell(space.artifacts, run_id, {}, problem)


@st.cache_resource(show_spinner=False)
def _asked() -> tuple[dict[str, threading.Thread], threading.Lock]:
    return {}, threading.Lock()
