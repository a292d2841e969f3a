"""When each row of a run was, and its scores over time; loaded once per server."""

import numpy as np
import streamlit as st

from core.errors import AnomalensError
from core.index.filters import moment_of
from core.index.row_times import RowTimes, row_times
from core.results.timeline import Timeline
from core.words import amount
from dashboard.explore import shared_run
from dashboard.explore.shared_run import SharedRun


def places(run: SharedRun) -> RowTimes | None:
    """The places in time of a run's rows; None where nothing tells them."""
    return _places(run) if run.has_dataset else None


@st.cache_resource(show_spinner=False, max_entries=3, hash_funcs=shared_run.BY_KEY)
def _places(run: SharedRun) -> RowTimes | None:
    """Eight bytes a row."""
    try:
        return row_times(run.table, run.schema, ordered=run.recipe.split.kind == "chronological")
    except AnomalensError:
        # The file may be gone; what the run itself wrote is still worth showing.
        return None


def when(run: SharedRun, row: int) -> tuple[str, str] | None:
    """The column that tells when a row was, and what it says; None where nothing does."""
    found = places(run)
    if found is None or found.kind == "order" or not (0 <= row < found.values.size and np.isfinite(found.values[row])):
        return None
    place = float(found.values[row])
    if found.kind == "number":
        return found.column, amount(place)
    return found.column, moment_of(place).replace("T", " ").removesuffix(":00")


def timeline(run: SharedRun) -> Timeline | None:
    """The scores of a run over time; None where nothing tells it."""
    return None if places(run) is None else _timeline(run)


@st.cache_resource(show_spinner=False, max_entries=16, hash_funcs=shared_run.BY_KEY)
def _timeline(run: SharedRun) -> Timeline | None:
    found, every = places(run), run.scored
    if found is None or found.values.size != every.score.size:
        return None
    return Timeline.build(found.kind, found.values, every.score, every.label, every.part)
