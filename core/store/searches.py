"""Searches in the store: what they were asked, how far they are, the log of their optimiser, and their trials.

The log is a journal: lines with numbers from 0, without gaps, appended by any process and read by all. Trials are runs
with a search, so that they are handed out, watched, brought back and paused as all runs are.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import delete, func, insert, select, update

from core.errors import UnknownNameError
from core.recipe import Recipe
from core.store import tables
from core.store.base import Base, new_id
from core.store.records import ACTIVE, Run, Search
from core.store.run_rows import select_runs, to_run

s, r = tables.searches, tables.runs


class Searches(Base):
    """The part of the store that knows searches."""

    def create_search(
        self,
        dataset_id: str,
        plan: Mapping[str, Any],
        name: str = "",
        *,
        id: str | None = None,
        division: Mapping[str, Any] | None = None,
    ) -> Search:
        """A search that goes on from now; its first trials are made by :meth:`add_trials`."""
        search_id = id or new_id()
        with self._write() as connection:
            count = connection.execute(select(func.count()).select_from(s).where(s.c.dataset_id == dataset_id)).scalar()
            now = self._clock()
            values = {
                "id": search_id,
                "dataset_id": dataset_id,
                "name": name or f"Search {(count or 0) + 1}",
                "state": "running",
                "reason": "",
                "plan": dict(plan),
                "told": dict(division or {}),
                "seconds": 0.0,
                "since": now,
                "created_at": now,
            }
            connection.execute(insert(s).values(**values))
        return self.search(search_id)

    def search(self, search_id: str) -> Search:
        """One search.

        Raises
        ------
        UnknownNameError
            When there is none of this id.
        """
        with self._read() as connection:
            row = connection.execute(_select_searches().where(s.c.id == search_id)).first()
        if row is None:
            raise UnknownNameError(f"There is no search called {search_id!r}. It may have been deleted.")
        return Search(**row._mapping)

    def searches(self, dataset_id: str | None = None, *, state: str | None = None) -> list[Search]:
        """Every search, or those on one dataset or in one state, the newest first."""
        query = _select_searches().order_by(s.c.created_at.desc(), s.c.id)
        if dataset_id is not None:
            query = query.where(s.c.dataset_id == dataset_id)
        if state is not None:
            query = query.where(s.c.state == state)
        with self._read() as connection:
            return [Search(**row._mapping) for row in connection.execute(query)]

    def move_search(
        self, search_id: str, state: str, reason: str = "", *, sources: Sequence[str], seconds: float | None = None
    ) -> bool:
        """Bring a search into a state, unless it is not in ``sources``; whether it was moved."""
        with self._write() as connection:
            now = self._clock()
            changes: dict[str, Any] = {"state": state, "reason": reason}
            changes["since"] = now if state == "running" else None
            changes["finished_at"] = now if state in ("done", "failed") else None
            if seconds is not None:
                changes["seconds"] = seconds
            moved = connection.execute(update(s).where(s.c.id == search_id, s.c.state.in_(sources)).values(**changes))
            return moved.rowcount > 0

    def update_search(self, search_id: str, **values: Any) -> None:
        """Change columns of a search, such as its name or plan."""
        with self._write() as connection:
            connection.execute(update(s).where(s.c.id == search_id).values(**values))

    def delete_search(self, search_id: str) -> None:
        """Forget a search with its trials; a worker that is at one notices and ends."""
        with self._write() as connection:
            connection.execute(delete(s).where(s.c.id == search_id))

    def append_log(self, search_id: str, entries: Sequence[Mapping[str, Any]]) -> None:
        """Write lines at the end of a search's log, all together and in this order."""
        log = tables.search_log
        with self._write() as connection:
            # Who else appends waits here, so that the numbers have no gaps and nobody reads a line before an older one.
            connection.execute(select(s.c.id).where(s.c.id == search_id).with_for_update())
            last = connection.execute(select(func.max(log.c.number)).where(log.c.search_id == search_id)).scalar()
            first = 0 if last is None else last + 1
            connection.execute(
                insert(log),
                [{"search_id": search_id, "number": first + i, "entry": dict(e)} for i, e in enumerate(entries)],
            )

    def read_log(self, search_id: str, start: int = 0) -> list[dict[str, Any]]:
        """The lines of a search's log from number ``start`` on."""
        log = tables.search_log
        query = select(log.c.entry).where(log.c.search_id == search_id, log.c.number >= start).order_by(log.c.number)
        with self._read() as connection:
            return list(connection.execute(query).scalars())

    def trials(self, search_id: str) -> list[Run]:
        """The trials of a search, in the order in which they were made."""
        query = select_runs().where(r.c.search_id == search_id).order_by(r.c.trial)
        with self._read() as connection:
            return [to_run(row) for row in connection.execute(query)]

    def add_trials(self, search_id: str, at_once: int, most: int) -> tuple[list[str], int]:
        """Queue trials until ``at_once`` are active or the search has had ``most``; none unless it is running.

        Returns
        -------
        The ids of the new ones, and how many are active now.
        """
        with self._write() as connection:
            search = connection.execute(
                select(s.c.state, s.c.dataset_id, s.c.name).where(s.c.id == search_id).with_for_update()
            ).first()
            found = connection.execute(select(r.c.trial, r.c.state).where(r.c.search_id == search_id)).all()
            active = sum(state in ACTIVE for _, state in found)
            if search is None or search.state != "running":
                return [], active
            first = 1 + max((number for number, _ in found), default=0)
            n_new = max(0, min(at_once - active, most - len(found)))
            rows = [
                {
                    "id": new_id(),
                    "name": f"{search.name}, trial {number}",
                    "dataset_id": search.dataset_id,
                    "state": "queued",
                    "reason": "",
                    "recipe": Recipe().to_dict(),
                    "progress": {},
                    "notes": "",
                    "tags": [],
                    "created_at": self._clock(),
                    "attempt": 0,
                    "retries": 0,
                    "holder": "",
                    "search_id": search_id,
                    "trial": number,
                }
                for number in range(first, first + n_new)
            ]
            for row in rows:
                connection.execute(insert(r).values(**row))
            return [str(row["id"]) for row in rows], active + len(rows)

    def drop_queued(self, search_id: str) -> int:
        """Forget the trials that no worker has taken up; how many."""
        with self._write() as connection:
            queued = (r.c.search_id == search_id, r.c.state == "queued", r.c.attempt == 0)
            return connection.execute(delete(r).where(*queued)).rowcount

    def write_trial(self, run_id: str, recipe: Recipe, result: Mapping[str, Any], attempt: int) -> None:
        """Write what a trial tries and what is known of it so far, unless it is in the hands of another attempt."""
        values = {"recipe": recipe.to_dict(), "result": dict(result)}
        with self._write() as connection:
            connection.execute(update(r).where(r.c.id == run_id, r.c.attempt == attempt).values(**values))


def _select_searches() -> Any:
    d = tables.datasets
    columns = [column.label("division") if column.name == "told" else column for column in s.c]
    return select(*columns, d.c.name.label("dataset_name")).join(d, d.c.id == s.c.dataset_id)
