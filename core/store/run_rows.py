"""The query for whole runs, and its rows as records: runs by themselves and the trials of a search are read alike."""

from typing import Any

from sqlalchemy import Row, select

from core.recipe import Recipe
from core.store import tables
from core.store.records import Run
from core.store.values import Unreadable

r = tables.runs


def select_runs() -> Any:
    """The query for whole runs."""
    d = tables.datasets
    return select(r, d.c.name.label("dataset_name")).join(d, d.c.id == r.c.dataset_id)


def to_run(row: Row[Any]) -> Run:
    """A row of :func:`select_runs` as a record."""
    values = dict(row._mapping)
    values["tags"] = tuple(values["tags"] or ())
    unreadable = [name for name in ("recipe", "progress", "result") if isinstance(values[name], Unreadable)]
    reason = f"its {unreadable[0]} is damaged" if unreadable else ""
    try:
        values["recipe"] = Recipe.from_dict(values["recipe"])
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        reason = reason or " ".join(str(error).split()).rstrip(".")
    if not reason:
        return Run(**values)
    # Among the others it must not make them unreadable too.
    problem = f"What the run store has of this run cannot be read: {reason}. Delete it, or train again."
    told = {"recipe": Recipe(), "state": "failed", "reason": problem, "result": None, "progress": {}}
    return Run(**(values | told), problem=problem)
