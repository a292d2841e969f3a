"""What the Explore page reads of a finished run, loaded once per server, shared by all sessions and bounded.

A finished run never changes, so its id is all that a cache needs to know. Everything here is read only.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

from core.errors import AnomalensError, DataError
from core.scoring.curves import Curve, precision_recall_curve, rejection_curve, roc_curve
from core.scoring.grid import ScoreGrid
from core.scoring.groups import PARTS, ScoreGroups
from dashboard import cache

if TYPE_CHECKING:
    import pandas as pd

    from core.scoring.rows import RunRows
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

    @property
    def labelled(self) -> bool:
        """Whether any row has a label."""
        return self.groups.labelled


@st.cache_resource(show_spinner=False, max_entries=4)
def view(run_id: str) -> RunView:
    """The scores of a run, sorted and counted."""
    run = cache.workspace().store.run(run_id)
    groups = rows(run_id).groups()
    result = dict(run.result or {})
    threshold = result.get("threshold")
    grid = ScoreGrid.build(groups, [] if threshold is None else [float(threshold)])
    judged = ("test",) if result.get("judged") == "test" and grid.rows(("test",)).any() else PARTS
    wanted = run.recipe.threshold.reference
    filled = [part for part in (wanted, "validation", "train", "test") if grid.rows((part,)).any()]
    return RunView(groups, grid, judged, filled[0] if filled else "train")


@st.cache_resource(show_spinner=False, max_entries=16)
def rows(run_id: str) -> "RunRows":
    """The run's files; nothing of them is kept in memory."""
    from core.scoring.rows import RunRows

    return RunRows.open(cache.workspace().artifacts, run_id)


@st.cache_resource(show_spinner=False, max_entries=24)
def curve(run_id: str, kind: str, parts: tuple[str, ...]) -> Curve | None:
    """A curve of some parts of a run ("roc", "precision" or "rejection"); None without rows of both classes."""
    groups = view(run_id).groups
    draw = {"roc": roc_curve, "precision": precision_recall_curve, "rejection": rejection_curve}[kind]
    return draw(groups.scores(parts, ("normal",)), groups.scores(parts, ("anomaly",)), points=_CURVE_POINTS)


@st.cache_resource(show_spinner=False, max_entries=8)
def latent(run_id: str) -> "pd.DataFrame | None":
    """The places of at most 50,000 rows: row, x, y, z, part, label, score; None where the model wrote none."""
    return rows(run_id).latent()


@st.cache_resource(show_spinner=False, max_entries=128)
def ranked(run_id: str, parts: tuple[str, ...], page: int) -> "pd.DataFrame":
    """A page of the rows from the highest score down. It does not depend on the threshold, which only ends the list."""
    return with_details(run_id, rows(run_id).ranked(parts, PAGE, page * PAGE))


def with_details(run_id: str, found: "pd.DataFrame") -> "pd.DataFrame":
    """Scored rows with the features that caused them (``because``) and the user's own columns (``data:…``)."""
    wanted = [int(row) for row in found["row"]]
    reasons = rows(run_id).reasons(wanted)
    found = found.assign(because=[_because(reasons.get(row, [])) for row in wanted])
    try:
        table = cache.table(cache.workspace().store.run(run_id).dataset_id)
        own = table.frame(list(table.columns)[:MOST_COLUMNS], np.array(wanted, dtype=np.int64))
    except AnomalensError:
        # The dataset may be gone; what the run itself wrote is still worth showing.
        return found
    own.columns = [f"data:{name}" for name in own.columns]
    return found.reset_index(drop=True).join(own.reset_index(drop=True))


def _because(reasons: list[tuple[str, float]]) -> str:
    return ", ".join(f"{feature} {value:.0%}" for feature, value in reasons if value >= 0.01)


@st.cache_resource(show_spinner=False, max_entries=256)
def explanation(run_id: str, row: int) -> "pd.DataFrame":
    """The features of a row, the largest contribution first; rows that the run did not explain are explained now.

    Raises
    ------
    DataError
        When the worker could not explain the row.
    """
    kept = rows(run_id).explanation(row)
    return kept if kept is not None else _explained_now(run_id, row)


def _explained_now(run_id: str, row: int) -> "pd.DataFrame":
    import pandas as pd

    from core.scoring.explain import explain_rows

    try:
        records = cache.engine().call(explain_rows, run_id, [row], cache.workspace().settings)
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
