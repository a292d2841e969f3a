"""When each row of a run was: by the column that tells the time, or by their order where that is the order of time."""

from dataclasses import dataclass

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.data.dates import to_seconds
from core.data.filters import is_number, moment_of, seconds_of
from core.data.schema import Schema
from core.errors import AnomalensError
from core.scoring.timeline import Timeline
from dashboard import cache, explored


@dataclass(frozen=True)
class Places:
    """A place in time for each row."""

    kind: str
    """"time", in seconds since 1970, "number", or "order"."""
    column: str
    """Empty for the order of the rows."""
    values: NDArray[np.float64]
    """NaN where missing."""


def places(run_id: str) -> Places | None:
    """The places in time of a run's rows; None where nothing tells them."""
    run = explored.finished(run_id)
    dataset = cache.dataset(run.dataset_id)
    if dataset is None:
        return None
    return _places(dataset.id, cache.version(dataset), run.recipe.split.kind == "chronological")


@st.cache_resource(show_spinner=False, max_entries=3)
def _places(dataset_id: str, version: str, ordered: bool) -> Places | None:
    """Eight bytes a row."""
    del version
    schema = Schema.from_dict(cache.workspace().store.dataset(dataset_id).schema)
    try:
        table = cache.table(dataset_id)
        columns = [column for column in schema.columns if column.name in table.types]
        column = next((c for c in columns if c.role == "time" and (c.kind == "datetime" or is_number(c))), None)
        column = column or next((c for c in columns if c.kind == "datetime"), None)
        if column is not None:
            values = table.frame([column.name])[column.name]
            if column.kind == "datetime":
                return Places("time", column.name, to_seconds(values, column.unit))
            return Places("number", column.name, values.to_numpy(np.float64, na_value=np.nan))
        return Places("order", "", np.arange(table.rows, dtype=np.float64)) if ordered else None
    except AnomalensError:
        # The file may be gone; what the run itself wrote is still worth showing.
        return None


def timeline(run_id: str) -> Timeline | None:
    """The scores of a run over time; None where nothing tells it."""
    found = places(run_id)
    if found is None:
        return None
    dataset = cache.dataset(explored.finished(run_id).dataset_id)
    return _timeline(run_id, explored.shown_score(run_id), cache.version(dataset) if dataset else "")


@st.cache_resource(show_spinner=False, max_entries=16)
def _timeline(run_id: str, score: str, version: str) -> Timeline | None:
    del score, version
    found = places(run_id)
    scores, labels, parts = explored.rows(run_id).arrays()
    if found is None or found.values.size != scores.size:
        return None
    return Timeline.build(found.kind, found.values, scores, labels, parts)


def text_of(kind: str, place: float) -> str:
    """A place as the address has it: a moment in UTC, or a number."""
    return moment_of(place) if kind == "time" else f"{place:.12g}"


def place_of(kind: str, text: str) -> float:
    """The place that :func:`text_of` wrote; NaN where it makes no sense."""
    try:
        return seconds_of(text) if kind == "time" else float(text)
    except (AnomalensError, ValueError):
        return float("nan")
