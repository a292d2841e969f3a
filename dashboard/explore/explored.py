"""What the Explore page reads of a finished run, loaded once per server, shared by all sessions and bounded.

A finished run never changes, so its id, and the name of the score that the address asks for, are all that a cache needs
to know. Everything here is read only.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

from core.errors import AnomalensError, DataError
from core.metrics.curves import Curve, precision_recall_curve, rejection_curve, roc_curve
from core.metrics.grid import ScoreGrid
from core.metrics.groups import PARTS, ScoreGroups
from core.recipe import ScoreConfig
from core.results.grid_payload import pack
from core.results.scored import ScoredRows
from dashboard.server import cache
from dashboard.state import page_url

if TYPE_CHECKING:
    import pandas as pd

    from core.results.row_filter import RowFilter
    from core.results.rows import RunRows
    from core.store.records import Run

PAGE = 100
"""Rows of a page of the table."""
_CURVE_POINTS = 1000
"""Points of a curve: it travels again with every move of the threshold."""
MOST_COLUMNS = 60
"""Columns of the user's that the table shows; the row inspector shows all."""


@dataclass(frozen=True)
class RunView:
    """The scores of a run, as the threshold and the curves need them: eight bytes a row."""

    groups: ScoreGroups
    grid: ScoreGrid
    judged: tuple[str, ...]
    """The parts that the run is judged on."""
    reference: str
    """The part whose percentiles the threshold is set by."""

    bounded: bool = False
    """Whether the scores are shares between 0 and 1, most of what matters close to 1."""

    @property
    def labelled(self) -> bool:
        """Whether any row has a label."""
        return self.groups.labelled


def wanted_score(run_id: str) -> str:
    """The name of the score that the address asks for; empty for the run's own, or for one that there is not."""
    said = page_url.param("score") if page_url.shows_score() else ""
    try:
        return said if said and ScoreConfig.from_name(said).name == said else ""
    except AnomalensError:
        return ""


def shown_score(run_id: str) -> str:
    """The score that is shown: the one that is wanted as soon as it is computed, the run's own until then."""
    name = wanted_score(run_id)
    try:
        if name:
            _rescored(run_id, name)
    except AnomalensError:
        return ""
    return name


def result(run_id: str) -> dict[str, Any]:
    """The result of the run under the score that is shown."""
    name = shown_score(run_id)
    return dict(_rescored(run_id, name) if name else finished(run_id).result or {})


@st.cache_resource(show_spinner=False, max_entries=256)
def finished(run_id: str) -> "Run":
    """A finished run, for its recipe and result: its name, notes and tags may have changed since."""
    return cache.workspace().store.run(run_id)


def renew(run: "Run") -> None:
    """Take a run's result as it is now: the command line may have given it another threshold meanwhile."""
    if finished(run.id).result != run.result:
        finished.clear(run.id)  # type: ignore[attr-defined]
        _rescored.clear()  # type: ignore[attr-defined]


@st.cache_resource(show_spinner=False, max_entries=256)
def _rescored(run_id: str, score: str) -> dict[str, Any]:
    """What another score of a run came to; what is not there yet is not remembered."""
    found: dict[str, Any] = cache.workspace().artifacts.read_json(f"runs/{run_id}/scores/{score}/result.json")
    return found


def view(run_id: str) -> RunView:
    """The scores of a run, sorted and counted."""
    return _view(run_id, shown_score(run_id))


@st.cache_resource(show_spinner=False, max_entries=6)
def _view(run_id: str, score: str) -> RunView:
    run = finished(run_id)
    groups = _rows(run_id, score).groups()
    result = dict(_rescored(run_id, score) if score else run.result or {})
    threshold = result.get("threshold")
    grid = ScoreGrid.build(groups, [] if threshold is None else [float(threshold)])
    judged = ("test",) if result.get("judged") == "test" and grid.rows(("test",)).any() else PARTS
    wanted = run.recipe.threshold.reference
    filled = [part for part in (wanted, "validation", "train", "test") if grid.rows((part,)).any()]
    config = ScoreConfig.from_name(score) if score else run.recipe.score
    bounded = config.normalise in ("probability", "rank")
    return RunView(groups, grid, judged, filled[0] if filled else "train", bounded)


@st.cache_resource(show_spinner=False, max_entries=32)
def packed(run_id: str, score: str) -> tuple[bytes, ScoreGrid]:
    """A run's grid as the browser gets it."""
    return pack(_view(run_id, score).grid, f"{run_id}:{score}")


def rows(run_id: str) -> "RunRows":
    """The run's files; nothing of them is kept in memory."""
    return _rows(run_id, shown_score(run_id))


def rows_of(run_id: str, score: str) -> "RunRows":
    """The run's files under a score that is named, whatever the address says."""
    return _rows(run_id, score)


@st.cache_resource(show_spinner=False, max_entries=3)
def scored(run_id: str, score: str) -> ScoredRows:
    """Every row's score, label and part, for those who select; eighteen bytes a row."""
    return ScoredRows(*_rows(run_id, score).arrays())


@st.cache_resource(show_spinner=False, max_entries=16)
def _rows(run_id: str, score: str) -> "RunRows":
    from core.results.rows import RunRows

    return RunRows.open(cache.workspace().artifacts, run_id, score)


def curve(run_id: str, kind: str, parts: tuple[str, ...]) -> Curve | None:
    """A curve of some parts of a run ("roc", "precision" or "rejection"); None without rows of both classes."""
    return _curve(run_id, shown_score(run_id), kind, parts)


@st.cache_resource(show_spinner=False, max_entries=24)
def _curve(run_id: str, score: str, kind: str, parts: tuple[str, ...]) -> Curve | None:
    groups = _view(run_id, score).groups
    draw = {"roc": roc_curve, "precision": precision_recall_curve, "rejection": rejection_curve}[kind]
    return draw(groups.scores(parts, ("normal",)), groups.scores(parts, ("anomaly",)), points=_CURVE_POINTS)


def ranked(run_id: str, parts: tuple[str, ...], page: int) -> "pd.DataFrame":
    """A page of the rows from the highest score down. It does not depend on the threshold, which only ends the list."""
    return _ranked(run_id, shown_score(run_id), parts, page)


@st.cache_resource(show_spinner=False, max_entries=128)
def _ranked(run_id: str, score: str, parts: tuple[str, ...], page: int) -> "pd.DataFrame":
    return _with_details(run_id, score, _rows(run_id, score).ranked(parts, PAGE, page * PAGE))


def chosen(run_id: str, parts: tuple[str, ...], page: int, choice: "RowFilter") -> "tuple[pd.DataFrame, int]":
    """A page of the rows that were selected, and how many they are in all."""
    wanted, size = scored(run_id, shown_score(run_id)).page(parts, choice, PAGE, page * PAGE)
    return with_details(run_id, rows(run_id).some([int(row) for row in wanted])), size


def with_details(run_id: str, found: "pd.DataFrame") -> "pd.DataFrame":
    """Scored rows with the features that caused them (``because``) and the user's own columns (``data:…``)."""
    return _with_details(run_id, shown_score(run_id), found)


def _with_details(run_id: str, score: str, found: "pd.DataFrame") -> "pd.DataFrame":
    wanted = [int(row) for row in found["row"]]
    reasons = _rows(run_id, score).reasons(wanted)
    found = found.assign(because=[because(reasons.get(row, [])) for row in wanted])
    try:
        table = cache.table(finished(run_id).dataset_id)
        own = table.frame(list(table.columns)[:MOST_COLUMNS], np.array(wanted, dtype=np.int64))
    except AnomalensError:
        # The dataset may be gone; what the run itself wrote is still worth showing.
        return found
    own.columns = [f"data:{name}" for name in own.columns]
    return found.reset_index(drop=True).join(own.reset_index(drop=True))


def because(reasons: list[tuple[str, float]]) -> str:
    """Columns with their shares, in words."""
    return ", ".join(f"{feature} {value:.0%}" for feature, value in reasons if value >= 0.01)


def explanation(run_id: str, row: int) -> "pd.DataFrame":
    """The features of a row, the largest contribution first; rows that the run did not explain are explained now.

    Raises
    ------
    DataError
        When the worker could not explain the row.
    """
    return _explanation(run_id, shown_score(run_id), row)


@st.cache_resource(show_spinner=False, max_entries=256)
def _explanation(run_id: str, score: str, row: int) -> "pd.DataFrame":
    kept = _rows(run_id, score).explanation(row)
    return kept if kept is not None else _explained_now(run_id, score, row)


def _explained_now(run_id: str, score: str, row: int) -> "pd.DataFrame":
    import pandas as pd

    from core.explain.rows import explain_rows

    try:
        records = cache.engine().call(explain_rows, run_id, [row], cache.workspace().settings, score)
    except AnomalensError:
        raise
    except Exception as problem:
        # Whatever went wrong on the worker, the page goes on and says it.
        raise DataError(f"This row could not be explained: {problem}") from problem
    return pd.DataFrame(records)


def original(run: "Run", row: int) -> dict[str, Any]:
    """A row's values in every column of the user's."""
    frame = cache.table(run.dataset_id).frame(rows=np.array([row], dtype=np.int64))
    return {str(name): value for name, value in frame.iloc[0].items()} if len(frame) else {}
