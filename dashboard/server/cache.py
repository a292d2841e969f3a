"""What pages read, loaded once per server and shared by all sessions; every cache is bounded.

Everything here is read only for its callers: the arrays are shared. Heavy libraries are imported inside the functions,
so that the first page does not wait for them.
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import streamlit as st

from core.errors import AnomalensError
from dashboard.state.kind import nouns_for

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from core.index.by_class import ByClass
    from core.index.hints.advice import Advice
    from core.index.profile import Profile
    from core.index.schema import Schema
    from core.index.table import Table
    from core.jobs.engine import Engine
    from core.notes.note import Note
    from core.recipe import SplitConfig
    from core.store.runs import Dataset, Run
    from core.store.workspace import Workspace


DRAW_SECONDS = 0.4
"""What the browser gets to draw the top of the very first page of a new server."""


@st.cache_resource(show_spinner=False)
def workspace() -> Workspace:
    """The run store and the artifacts, opened once per server."""
    if "core.store.workspace" not in sys.modules:
        # What is imported now would keep the interpreter, and with it the first page, busy: the browser draws first.
        time.sleep(DRAW_SECONDS)
    from core.store.workspace import open_workspace

    return open_workspace()


def engine() -> Engine:
    """The engine that trains; it starts by itself with the first run if the server has not started it yet."""
    from core.jobs.engine import Engine

    return Engine.shared()


def datasets() -> list[Dataset]:
    """Every dataset, newest first."""
    return workspace().store.datasets()


def dataset(dataset_id: str) -> Dataset | None:
    """A dataset as the store has it now; None for an unknown id."""
    if not dataset_id:
        return None
    try:
        return workspace().store.dataset(dataset_id)
    except AnomalensError:
        return None


def run(run_id: str) -> Run | None:
    """A run as the store has it now; None for an unknown id."""
    if not run_id:
        return None
    try:
        return workspace().store.run(run_id)
    except AnomalensError:
        return None


def schema(dataset_id: str) -> Schema:
    """A dataset's schema as it was last saved."""
    from core.index.schema import Schema

    return Schema.from_dict(workspace().store.dataset(dataset_id).schema)


def table(dataset_id: str) -> Table:
    """The rows of a dataset; they stay on disk."""
    dataset = workspace().store.dataset(dataset_id)
    # The same file read in another way is other rows under the same id.
    return _table(dataset_id, f"{dataset.rows} {dataset.test_rows} {dataset.report.get('options')}")


@st.cache_resource(show_spinner=False, max_entries=32)
def _table(dataset_id: str, how_read: str) -> Table:
    del how_read
    from core.index.table import Table

    space = workspace()
    return Table.open(space.store.dataset(dataset_id), space.artifacts)


@st.cache_resource(show_spinner=False, max_entries=32)
def profile(dataset_id: str, version: str) -> Profile:
    """What the columns of a dataset look like; ``version`` changes with the schema (see :func:`schema_version`)."""
    del version
    from core.index.profile import profile as compute

    return compute(table(dataset_id), schema(dataset_id))


def schema_version(dataset_id: str) -> str:
    """A short text that differs whenever the schema does."""
    return version(workspace().store.dataset(dataset_id))


def version(dataset: Dataset) -> str:
    """A short text that differs whenever the dataset's schema, its split or the way in which it was read does."""
    import hashlib
    import json

    content = json.dumps([dataset.rows, dataset.schema, dataset.report], sort_keys=True, default=str)
    return hashlib.blake2b(content.encode(), digest_size=8).hexdigest()


@st.cache_resource(show_spinner=False, max_entries=64)
def label_counts(dataset_id: str, version: str) -> dict[str, int]:
    """How many rows are normal, anomalous and unknown."""
    del version
    from core.index.labels import read_labels

    return _class_counts(read_labels(table(dataset_id), schema(dataset_id)))


@st.cache_resource(show_spinner=False, max_entries=64)
def advice(dataset_id: str, version: str) -> tuple[Advice, ...]:
    """What to look at before training on a dataset with the split that is chosen for it."""
    del version
    from core.index import chosen_split
    from core.index.hints.advice import advise
    from core.recipe import Recipe
    from dashboard.state import kind

    found, known = workspace().store.dataset(dataset_id), schema(dataset_id)
    config, seed = chosen_split.current(found, known)
    recipe = Recipe()
    if (of_its_kind := kind.kind_of(found)) is not None and of_its_kind.draws_samples:
        from core import catalogue

        recipe = catalogue.starting_points(found.modality)[0].recipe
    return advise(
        table(dataset_id),
        known,
        replace(recipe, split=config, seed=seed),
        says=nouns_for(found),
        reads_columns=kind.reads_columns(found),
    )


@st.cache_resource(show_spinner=False, max_entries=64)
def notes(dataset_id: str, version: str) -> tuple[Note, ...]:
    """What was decided about a dataset without being asked."""
    del version
    from core.notes.run import notes_of_dataset

    return notes_of_dataset(workspace().store.dataset(dataset_id), schema(dataset_id), table(dataset_id))


def run_notes(run: Run) -> tuple[Note, ...]:
    """What was decided without being asked, of a run's dataset and in the run."""
    return _run_notes(run.id, run.attempt, run.state, run)


@st.cache_resource(show_spinner=False, max_entries=64)
def _run_notes(run_id: str, attempt: int, state: str, _run: Run) -> tuple[Note, ...]:
    from core.notes.run import run_notes

    return run_notes(workspace(), _run)


@st.cache_resource(show_spinner=False, max_entries=256)
def by_class(dataset_id: str, version: str, column: str) -> ByClass:
    """A column's values, counted by class."""
    from core.index.by_class import count_by_class

    return count_by_class(table(dataset_id), schema(dataset_id), profile(dataset_id, version).column(column))


@dataclass(frozen=True)
class SplitCounts:
    """What a split would make of a dataset."""

    counts: dict[str, dict[str, int]]
    """train, validation, test, unused -> normal, anomaly, unknown -> rows."""
    note: str


@st.cache_resource(show_spinner=False, max_entries=64)
def split_preview(dataset_id: str, version: str, config: SplitConfig, seed: int) -> SplitCounts:
    """How many rows of each class a split puts into each part.

    Raises
    ------
    DataError
        When the split is not possible.
    """
    del version
    from core.index.labels import read_labels
    from core.index.split import PARTS, split_rows

    rows, known = table(dataset_id), schema(dataset_id)
    split = split_rows(rows, known, config, seed)
    codes, labels = split.codes(rows.rows), read_labels(rows, known)
    return SplitCounts({part: _class_counts(labels[codes == code]) for code, part in enumerate(PARTS)}, split.note)


@st.cache_resource(show_spinner=False, max_entries=16)
def first_rows(dataset_id: str, version: str, n: int) -> pd.DataFrame:
    """The first rows of a dataset as they were read."""
    del version
    import numpy as np

    rows = table(dataset_id)
    return rows.frame(rows=np.arange(min(n, rows.rows), dtype=np.int64), exact=True)


def _class_counts(labels: NDArray[np.int8]) -> dict[str, int]:
    return {name: int((labels == code).sum()) for name, code in (("normal", 0), ("anomaly", 1), ("unknown", -1))}
