"""When each row of a run was, and its scores over time; loaded once per server."""

import numpy as np
import streamlit as st

from core.errors import AnomalensError
from core.index.filters import moment_of
from core.index.row_times import RowTimes, row_times
from core.index.schema import Schema
from core.results.timeline import Timeline
from core.words import amount
from dashboard.explore import explored
from dashboard.server import cache


def places(run_id: str) -> RowTimes | None:
    """The places in time of a run's rows; None where nothing tells them."""
    run = explored.finished(run_id)
    dataset = cache.dataset(run.dataset_id)
    if dataset is None:
        return None
    return _places(dataset.id, cache.version(dataset), run.recipe.split.kind == "chronological")


@st.cache_resource(show_spinner=False, max_entries=3)
def _places(dataset_id: str, version: str, ordered: bool) -> RowTimes | None:
    """Eight bytes a row."""
    del version
    schema = Schema.from_dict(cache.workspace().store.dataset(dataset_id).schema)
    try:
        return row_times(cache.table(dataset_id), schema, ordered=ordered)
    except AnomalensError:
        # The file may be gone; what the run itself wrote is still worth showing.
        return None


def when(run_id: str, row: int) -> tuple[str, str] | None:
    """The column that tells when a row was, and what it says; None where nothing does."""
    found = places(run_id)
    if found is None or found.kind == "order" or not (0 <= row < found.values.size and np.isfinite(found.values[row])):
        return None
    place = float(found.values[row])
    if found.kind == "number":
        return found.column, amount(place)
    return found.column, moment_of(place).replace("T", " ").removesuffix(":00")


def timeline(run_id: str) -> Timeline | None:
    """The scores of a run over time; None where nothing tells it."""
    if places(run_id) is None:
        return None
    dataset = cache.dataset(explored.finished(run_id).dataset_id)
    return _timeline(run_id, explored.shown_score(run_id), cache.version(dataset) if dataset else "")


@st.cache_resource(show_spinner=False, max_entries=16)
def _timeline(run_id: str, score: str, version: str) -> Timeline | None:
    del version
    found, every = places(run_id), explored.scored(run_id, score)
    if found is None or found.values.size != every.score.size:
        return None
    return Timeline.build(found.kind, found.values, every.score, every.label, every.part)
