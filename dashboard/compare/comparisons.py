"""Comparisons of a run, their reports and checks, for the pages; scikit-learn stays on the worker's side."""

from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

from core.compare import files
from core.compare.request import ComparisonRequest, read_newest
from core.errors import AnomalensError
from core.jobs.derived import request as requests
from core.jobs.derived.comparison import DerivedComparison
from core.jobs.derived.status import JobStatus
from core.metrics.groups import PARTS
from dashboard.explore import shared_run
from dashboard.server import cache, derived

if TYPE_CHECKING:
    import pandas as pd

    from core.results.finished_run import FinishedRun
    from core.store.records import Run
    from dashboard.explore.shared_run import SharedRun

SUMMARY_SECONDS = 5.0
"""How old the line on Explore may be."""


def begin(run: "FinishedRun", request: ComparisonRequest) -> None:
    """Ask for a comparison; for one that failed, or is of another threshold, once more."""
    derived.begin(run.id, DerivedComparison(request))


def follow(run: "FinishedRun", request: ComparisonRequest) -> JobStatus:
    """How far a comparison is; one that was asked for last, and lost its worker, is taken up again."""
    artifacts, comparison = run.space.artifacts, DerivedComparison(request)
    now = derived.status(run.id, comparison)
    if now.ready or newest(run) != request:
        return JobStatus(ready=now.ready)
    return derived.follow(run.id, comparison) if requests.is_asked(artifacts, run.id, comparison) else now


def stop(run: "FinishedRun", request: ComparisonRequest) -> None:
    """Let a comparison under way go no further; detectors that are done are kept."""
    derived.cancel(run.id, DerivedComparison(request))


def report(run: "FinishedRun", request: ComparisonRequest) -> dict[str, Any] | None:
    """A finished comparison; None while there is none."""
    try:
        found: dict[str, Any] = derived.result(run.id, DerivedComparison(request))
    except AnomalensError:
        return None
    return found


def checks(run: "FinishedRun") -> list[dict[str, Any]]:
    """The findings of the checks; empty before they were made."""
    return files.read_checks(run) or []


@st.cache_resource(show_spinner=False, ttl=SUMMARY_SECONDS, max_entries=256, hash_funcs=shared_run.BY_KEY)
def summary(run: "SharedRun") -> dict[str, Any]:
    """The verdict and the warnings in short."""
    return files.read_summary(run)


def newest(run: "FinishedRun") -> ComparisonRequest | None:
    """What was last asked for."""
    return read_newest(run.space.artifacts, run.id)


def twins(run: "Run") -> "list[Run]":
    """Other finished runs on the same dataset with the same split and seed, the newest first."""
    every = cache.workspace().store.runs(run.dataset_id)
    same = (run.recipe.split, run.recipe.seed)
    return [one for one in every if one.result and one.id != run.id and (one.recipe.split, one.recipe.seed) == same]


def scores(run: "FinishedRun", report: dict[str, Any]) -> "pd.DataFrame":
    """Every compared row with its label and the score of the run and of each classical detector, as a table."""
    import pandas as pd

    artifacts, every = run.space.artifacts, run.scored
    parts = np.array(PARTS)[every.part]
    own = pd.DataFrame({"row": np.arange(len(parts)), "part": parts, "label": every.label, "network": every.score})
    table: pd.DataFrame | None = None
    for one in report["detectors"]:
        if one["kind"] == "classical" and not one["problem"]:
            path = artifacts.local(f"{files.folder(run.id)}/detectors/{one['name']}.parquet")
            frame = pd.read_parquet(path).rename(columns={"score": one["name"]})
            table = frame if table is None else table.merge(frame, on="row")
    return own if table is None else own.merge(table, on="row")
