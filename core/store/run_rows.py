"""The query for whole runs, and its rows as records: runs by themselves and the trials of a search are read alike."""

from typing import Any

from sqlalchemy import Row, select

from core.recipe import Recipe
from core.store import tables
from core.store.records import Run

r = tables.runs


def select_runs() -> Any:
    """The query for whole runs."""
    d = tables.datasets
    return select(r, d.c.name.label("dataset_name")).join(d, d.c.id == r.c.dataset_id)


def to_run(row: Row[Any]) -> Run:
    """A row of :func:`select_runs` as a record."""
    values = dict(row._mapping)
    values["recipe"] = Recipe.from_dict(values["recipe"])
    values["tags"] = tuple(values["tags"])
    return Run(**values)
