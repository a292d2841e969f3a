"""What people decided about the rows of a dataset, as a log: entries are appended, never changed, so nothing is lost.

Whoever writes first is first; the clock is the database's. What the entries come to is
:class:`core.triage.current_verdicts.CurrentVerdicts`'s matter.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.exc import IntegrityError

from core.errors import DataError, UnknownNameError
from core.store import tables
from core.store.base import Base
from core.store.records import Entry

v = tables.verdicts
_FIELDS = ("row", "content", "verdict", "comment", "tag", "author", "run_id", "score", "shown_by", "copied_from")


class Verdicts(Base):
    """The part of the store that knows verdicts."""

    def add_verdicts(self, dataset_id: str, entries: Sequence[Mapping[str, Any]]) -> list[Entry]:
        """Append entries, all or none.

        Parameters
        ----------
        dataset_id
            Whose rows they are about.
        entries
            ``row``, ``content``, ``verdict`` and ``author`` of each; ``comment``, ``tag``, ``run_id``, ``score``,
            ``shown_by``, ``copied_from`` and, where it was given elsewhere, the time ``at`` may be left out.

        Raises
        ------
        UnknownNameError
            When there is no such dataset.
        DataError
            When an entry of another dataset was brought along already, perhaps by somebody else at this moment.
        """
        d, ids = tables.datasets, []
        try:
            with self._write() as connection:
                if connection.execute(select(d.c.id).where(d.c.id == dataset_id)).first() is None:
                    raise UnknownNameError(f"There is no dataset called {dataset_id!r}. It may have been deleted.")
                for entry in entries:
                    statement = insert(v).values(dataset_id=dataset_id, **self._whole(entry))
                    key = connection.execute(statement).inserted_primary_key
                    assert key is not None
                    ids.append(key[0])
        except IntegrityError as error:
            raise DataError("These verdicts were taken over already. Nothing was changed.") from error
        return self._entries(v.c.id.in_(ids))

    def undo_verdict(self, dataset_id: str, entry_id: int, author: str) -> Entry:
        """Take an entry back, by an entry that says so.

        Raises
        ------
        DataError
            When there is no such entry, or it was taken back already, perhaps by somebody else at this moment.
        """
        found = self._entries((v.c.id == entry_id) & (v.c.dataset_id == dataset_id))
        if not found:
            raise DataError(f"There is no verdict number {entry_id} on this dataset. It may have been deleted with it.")
        old = found[0]
        values = {"row": old.row, "content": old.content, "verdict": "", "author": author, "run_id": old.run_id}
        try:
            with self._write() as connection:
                statement = insert(v).values(dataset_id=dataset_id, undoes=entry_id, **self._whole(values))
                key = connection.execute(statement).inserted_primary_key
        except IntegrityError as error:
            raise DataError(f"The verdict on row {old.row:,} was taken back already. Nothing was changed.") from error
        assert key is not None
        return self._entries(v.c.id == key[0])[0]

    def verdict_log(self, dataset_id: str) -> list[Entry]:
        """Every entry about a dataset's rows, in the order in which they were written."""
        return self._entries(v.c.dataset_id == dataset_id)

    def verdicts_version(self, dataset_id: str) -> tuple[int, int]:
        """Changes with each entry about a dataset: how many there are, and the number of the last."""
        # The last number alone would miss an entry that another process began earlier and finished later.
        query = select(func.count(), func.max(v.c.id)).where(v.c.dataset_id == dataset_id)
        with self._read() as connection:
            count, last = connection.execute(query).one()
        return int(count), int(last or 0)

    def verdicts_elsewhere(self, dataset_id: str) -> list[Entry]:
        """Entries about other datasets with as many columns: their rows may be the same ones, uploaded again."""
        d = tables.datasets
        columns = select(d.c.columns).where(d.c.id == dataset_id).scalar_subquery()
        others = select(d.c.id).where(d.c.id != dataset_id, d.c.columns == columns)
        return self._entries(v.c.dataset_id.in_(others))

    def _whole(self, entry: Mapping[str, Any]) -> dict[str, Any]:
        empty = {"comment": "", "tag": "", "run_id": "", "score": None, "shown_by": "", "copied_from": None}
        values = {name: entry.get(name, empty.get(name)) for name in _FIELDS}
        return values | {"at": entry.get("at") or self._clock()}

    def _entries(self, condition: Any) -> list[Entry]:
        with self._read() as connection:
            return [Entry(**row._mapping) for row in connection.execute(select(v).where(condition).order_by(v.c.id))]
