"""The run store: every dataset and run, their states, and the channel to the workers.

    store = Store.open()
    run = store.create_run(dataset.id, recipe)
    store.epochs(run.id, after=10)

It holds plain values alone; arrays and weights are artifacts.
"""

import threading
from collections.abc import Mapping
from typing import Any, ClassVar

from sqlalchemy import delete, func, insert, select, update

from core.errors import UnknownNameError
from core.recipe import Recipe
from core.settings import Settings
from core.settings import settings as current_settings
from core.store import tables
from core.store.base import new_id
from core.store.channel import COMMANDS, Channel
from core.store.database import open_database
from core.store.datasets import Datasets
from core.store.leases import Leases
from core.store.records import ACTIVE, ENDED, STATES, Command, Dataset, Lease, Run, Search, Transition
from core.store.run_rows import select_runs, to_run
from core.store.searches import Searches
from core.store.verdicts import Verdicts

__all__ = [
    "ACTIVE",
    "COMMANDS",
    "ENDED",
    "STATES",
    "Command",
    "Dataset",
    "Lease",
    "Run",
    "Search",
    "Store",
    "Transition",
]

r = tables.runs


class Store(Datasets, Leases, Channel, Searches, Verdicts):
    """The run store, safe to use from many threads; other processes open the same one by its address."""

    _opened: ClassVar[dict[str, "Store"]] = {}
    _opening: ClassVar[threading.Lock] = threading.Lock()

    @classmethod
    def open(cls, settings: Settings | None = None) -> "Store":
        """The store that the settings name, migrated when this is its first opening; one per process and address."""
        address = (settings or current_settings()).database_url
        with cls._opening:
            if address not in cls._opened:
                cls._opened[address] = cls(open_database(address))
            return cls._opened[address]

    def close(self) -> None:
        """Give every connection back; :meth:`open` opens anew."""
        with self._opening:
            for address in [a for a, store in self._opened.items() if store is self]:
                del self._opened[address]
        self._engine.dispose()

    def create_run(
        self,
        dataset_id: str,
        recipe: Recipe,
        name: str = "",
        *,
        run_id: str = "",
        result: Mapping[str, Any] | None = None,
    ) -> Run:
        """Queue a run; without a name it is called after its preset or model, and numbered.

        Its id may be chosen before (:func:`new_id`), for files that must be there first. Given a result it is done:
        nothing is left to be trained.

        Raises
        ------
        UnknownNameError
            When there is no such dataset.
        """
        # A preset's recipe is one for tables until it meets its data.
        recipe = recipe.on(self.dataset(dataset_id).modality)
        run_id = run_id or new_id()
        with self._write() as connection:
            if not name.strip():
                count = connection.execute(select(func.count()).where(r.c.search_id.is_(None))).scalar() or 0
                name = f"{recipe.preset or recipe.model} {count + 1}"
            now = self._clock()
            values: dict[str, Any] = {
                "id": run_id,
                "dataset_id": dataset_id,
                "name": name.strip(),
                "state": "queued",
                "reason": "",
                "recipe": recipe.to_dict(),
                "progress": {},
                "notes": "",
                "tags": [],
                "created_at": now,
                "heartbeat_at": now,
                "attempt": 0,
                "retries": 0,
                "holder": "",
            }
            state = "queued"
            if result is not None:
                state = "done"
                values |= {"state": state, "result": dict(result), "started_at": now, "finished_at": now}
            connection.execute(insert(r).values(**values))
            connection.execute(insert(tables.transitions).values(run_id=run_id, state=state, at=now, reason=""))
        return self.run(run_id)

    def run(self, run_id: str) -> Run:
        """One run.

        Raises
        ------
        UnknownNameError
            When there is none of this id.
        """
        with self._read() as connection:
            row = connection.execute(select_runs().where(r.c.id == run_id)).first()
        if row is None:
            raise UnknownNameError(f"There is no run called {run_id!r}. It may have been deleted.")
        return to_run(row)

    def runs(self, dataset_id: str | None = None, *, limit: int | None = None) -> list[Run]:
        """Every run but the trials of searches, or those on one dataset, the newest first, without their epochs."""
        query = select_runs().where(r.c.search_id.is_(None)).order_by(r.c.created_at.desc(), r.c.id).limit(limit)
        if dataset_id is not None:
            query = query.where(r.c.dataset_id == dataset_id)
        with self._read() as connection:
            return [to_run(row) for row in connection.execute(query)]

    def run_ids(self) -> set[str]:
        """The ids of all runs, the trials of searches among them."""
        with self._read() as connection:
            return set(connection.execute(select(r.c.id)).scalars())

    def check(self) -> list[str]:
        """What the database says of its own files, in a few words each; nothing where all is well."""
        if self._engine.dialect.name != "sqlite":
            return []
        with self._read() as connection:
            found = [str(line) for line in connection.exec_driver_sql("PRAGMA quick_check(20)").scalars()]
            broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
        found += [f"a row of {table} belongs to nothing" for table in sorted({str(row[0]) for row in broken})]
        return [line for line in found if line != "ok"]

    def update_run(
        self, run_id: str, *, name: str | None = None, notes: str | None = None, tags: tuple[str, ...] | None = None
    ) -> Run:
        """Change what people write about a run; what is None stays."""
        given: dict[str, Any] = {"name": name, "notes": notes, "tags": None if tags is None else list(tags)}
        changes = {key: value for key, value in given.items() if value is not None}
        if changes:
            with self._write() as connection:
                connection.execute(update(r).where(r.c.id == run_id).values(**changes))
        return self.run(run_id)

    def delete_run(self, run_id: str) -> None:
        """Forget a run; a worker that is at it notices and ends. Its files are the workspace's to delete."""
        with self._write() as connection:
            connection.execute(delete(r).where(r.c.id == run_id))
