"""A finished run as the pages of this server share it: opened once, what it reads kept for all sessions, and bounded.

A page opens its run with :func:`open_run` and hands it to its panels. What the files of a finished run say never
changes; its threshold and its dataset may, and are then another key. Everything here is read only.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

from core.errors import AnomalensError, DataError, first_line
from core.metrics.curves import Curve, precision_recall_curve, rejection_curve, roc_curve
from core.metrics.grid import ScoreGrid
from core.recipe import ScoreConfig
from core.results.finished_run import FinishedRun
from core.results.grid_payload import pack
from core.results.threshold_saving import DECIDED
from dashboard.server import cache
from dashboard.server.exact_cells import exact_cells
from dashboard.state import page_url
from dashboard.state.kind import nouns_for

if TYPE_CHECKING:
    import pandas as pd

    from core.results.row_filter import RowFilter
    from core.store.records import Run

PAGE = 100
"""Rows of a page of the table."""
LITTLE = 0.05
"""A column with a smaller share is not named in a list beside one with a larger one."""
_CURVE_POINTS = 1000
"""Points of a curve: it travels again with every move of the threshold."""
MOST_COLUMNS = 60
"""Columns of the user's that the table shows; the row inspector shows all."""


class SharedRun(FinishedRun):
    """A finished run that all sessions of this server share; what grows with its rows is kept for a few runs alone."""

    key: str
    """Differs whenever anything of it may but its threshold: the run, its score, its name or its dataset."""
    decided_key: str
    """Differs whenever its threshold may, too."""

    @property
    def grid_key(self) -> str:
        """Whose counts a part of the page has, for its scripts."""
        return f"{self.id}:{self.score}"

    def _in_memory(self, name: str, make: Callable[[], Any]) -> Any:
        return _in_memory(f"{self.grid_key}:{name}", make)


BY_KEY: Any = {f"{SharedRun.__module__}.{SharedRun.__qualname__}": lambda run: run.key}
"""How a cache tells runs apart: ``hash_funcs=BY_KEY``; what follows from the run's threshold takes the next."""
BY_DECISION: Any = {f"{SharedRun.__module__}.{SharedRun.__qualname__}": lambda run: run.decided_key}


def open_run(run: "Run", score: str | None = None) -> SharedRun:
    """A finished run, under a score that is named, or the one that the address asks for.

    A score of the address that is not computed yet is the run's own until it is.
    """
    name = wanted_score() if score is None else score
    if score is None and name and not _computed(f"runs/{run.id}/scores/{name}/result.json"):
        name = ""
    result = run.result or {}
    settled = {field: value for field, value in result.items() if field not in DECIDED}
    version = _digest([run.name, settled, _dataset_version(run.dataset_id)])
    decided = _result_under(run, name) if name else result
    return _opened(f"{run.id}:{name}:{version}", _digest({field: decided.get(field) for field in DECIDED}), run, name)


def _result_under(run: "Run", score: str) -> "Mapping[str, Any]":
    """What a run came to under another score; nothing where that was not computed, which is said by who reads it."""
    try:
        return SharedRun(cache.workspace(), run, score).result
    except AnomalensError:
        return {}


def _digest(values: Any) -> str:
    return hashlib.blake2b(json.dumps(values, sort_keys=True, default=str).encode(), digest_size=8).hexdigest()


def _dataset_version(dataset_id: str) -> str:
    dataset = cache.dataset(dataset_id)
    return cache.version(dataset) if dataset else ""


@st.cache_resource(show_spinner=False, max_entries=32)
def _opened(key: str, decided: str, _run: "Run", _score: str) -> SharedRun:
    """What was opened of a run before its threshold was changed stays as it was, for who looks at it."""
    found = SharedRun(cache.workspace(), _run, _score)
    found.key, found.decided_key = key, f"{key}:{decided}"
    return found


@st.cache_resource(show_spinner=False, max_entries=12)
def _in_memory(key: str, _make: Callable[[], Any]) -> Any:
    """Eight or ten bytes a row each."""
    return _make()


def wanted_score() -> str:
    """The name of the score that the address asks for; empty for the run's own, or for one that there is not."""
    said = page_url.param("score") if page_url.shows_score() else ""
    try:
        return said if said and ScoreConfig.from_name(said).name == said else ""
    except AnomalensError:
        return ""


def _computed(path: str) -> bool:
    try:
        return _is_there(path)
    except DataError:
        return False


@st.cache_resource(show_spinner=False, max_entries=256)
def _is_there(path: str) -> bool:
    """What is not there yet is not remembered."""
    if not cache.workspace().artifacts.exists(path):
        raise DataError(f"{path} is not there.")
    return True


@st.cache_resource(show_spinner=False, max_entries=32, hash_funcs=BY_KEY)
def packed(run: SharedRun) -> tuple[bytes, ScoreGrid]:
    """A run's grid as the browser gets it."""
    return pack(run.grid, run.grid_key)


@st.cache_resource(show_spinner=False, max_entries=24, hash_funcs=BY_KEY)
def curve(run: SharedRun, kind: str, parts: tuple[str, ...]) -> Curve | None:
    """A curve of some parts of a run ("roc", "precision" or "rejection"); None without rows of both classes."""
    draw = {"roc": roc_curve, "precision": precision_recall_curve, "rejection": rejection_curve}[kind]
    return draw(run.groups.scores(parts, ("normal",)), run.groups.scores(parts, ("anomaly",)), points=_CURVE_POINTS)


@st.cache_resource(show_spinner=False, max_entries=128, hash_funcs=BY_KEY)
def ranked(run: SharedRun, parts: tuple[str, ...], page: int) -> "pd.DataFrame":
    """A page of the rows from the highest score down. It does not depend on the threshold, which only ends the list."""
    return with_details(run, run.rows.ranked(parts, PAGE, page * PAGE))


def filtered(run: SharedRun, parts: tuple[str, ...], page: int, choice: "RowFilter") -> "tuple[pd.DataFrame, int]":
    """A page of the rows that were selected, and how many they are in all."""
    found, size = run.page(parts, choice, PAGE, page * PAGE)
    return with_details(run, found), size


def with_details(run: SharedRun, scored: "pd.DataFrame") -> "pd.DataFrame":
    """Scored rows with the features that caused them (``because``) and the user's own columns (``data:…``)."""
    rows = [int(row) for row in scored["row"]]
    reasons = run.rows.reasons(rows)
    scored = scored.assign(because=[because(reasons.get(row, [])) for row in rows])
    try:
        columns = list(run.table.columns)[:MOST_COLUMNS]
        own = exact_cells(run.table.frame(columns, np.array(rows, dtype=np.int64), exact=True))
    except AnomalensError:
        # The dataset may be gone; what the run itself wrote is still worth showing.
        return scored
    own.columns = [f"data:{name}" for name in own.columns]
    return scored.reset_index(drop=True).join(own.reset_index(drop=True))


def because(reasons: list[tuple[str, float]]) -> str:
    """The columns that matter with their shares, in words."""
    # Two are read whole in a narrow list; the row itself names all.
    named = [one for one in reasons[:2] if one[1] >= LITTLE] or reasons[:1]
    return ", ".join(f"{feature} {value:.0%}" for feature, value in named if value > 0)


@st.cache_resource(show_spinner=False, max_entries=256, hash_funcs=BY_KEY)
def explanation(run: SharedRun, row: int) -> "pd.DataFrame":
    """The features of a row, the largest contribution first; rows that the run did not explain are explained now.

    Raises
    ------
    DataError
        When the worker could not explain the row.
    """
    kept = run.rows.explanation(row)
    return kept if kept is not None else _explained_now(run, row)


def _explained_now(run: SharedRun, row: int) -> "pd.DataFrame":
    import pandas as pd

    from core.jobs.row_questions import stored_lines

    try:
        records = cache.engine().call(stored_lines, run.id, [row], cache.workspace().settings, run.score)
    except AnomalensError:
        raise
    except Exception as problem:
        # Whatever went wrong on the worker, the page goes on and says it.
        raise DataError(f"This {nouns_for(run).sample} could not be explained: {first_line(problem)}") from problem
    return pd.DataFrame(records)
