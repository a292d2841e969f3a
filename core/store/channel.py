"""The channel between a worker and whoever watches it: epochs and snapshots go one way, commands the other."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import func, insert, or_, select, update

from core.store import tables
from core.store.base import Base
from core.store.records import Command, Transition

COMMANDS = ("pause", "resume", "stop", "cancel", "learning_rate")
"""Everything that a run can be asked."""


class Channel(Base):
    """The part of the store that a worker writes and a screen reads, and the other way round."""

    def write_epoch(self, run_id: str, record: Mapping[str, Any]) -> None:
        """Write one epoch's record; writing it again replaces it."""
        self.write_epochs(run_id, [record])

    def write_epochs(self, run_id: str, records: Sequence[Mapping[str, Any]]) -> None:
        """Write several epochs' records at once."""
        self._write_records(tables.epochs, run_id, records)

    def epochs(self, run_id: str, after: int = -1) -> list[dict[str, Any]]:
        """The records of the epochs after ``after``, in order."""
        t = tables.epochs
        query = select(t.c.record).where(t.c.run_id == run_id, t.c.epoch > after).order_by(t.c.epoch)
        with self._read() as connection:
            return list(connection.execute(query).scalars())

    def epochs_written(self, run_id: str) -> int:
        """How many epochs a run has behind it."""
        t = tables.epochs
        with self._read() as connection:
            return connection.execute(select(func.count()).select_from(t).where(t.c.run_id == run_id)).scalar() or 0

    def write_snapshot(self, run_id: str, snap: Mapping[str, Any]) -> None:
        """Write the error histogram of one epoch; writing it again replaces it."""
        self._write_records(tables.snapshots, run_id, [snap])

    def write_snapshots(self, run_id: str, snaps: Sequence[Mapping[str, Any]]) -> None:
        """Write several snapshots at once."""
        self._write_records(tables.snapshots, run_id, snaps)

    def snapshots(self, run_id: str, last: int | None = None) -> list[dict[str, Any]]:
        """The snapshots in order, or the ``last`` few of them."""
        t = tables.snapshots
        query = select(t.c.record).where(t.c.run_id == run_id).order_by(t.c.epoch.desc())
        with self._read() as connection:
            found = list(connection.execute(query if last is None else query.limit(last)).scalars())
        return found[::-1]

    def transitions(self, run_id: str) -> list[Transition]:
        """Every state that the run came into, in order."""
        t = tables.transitions
        query = select(t.c.state, t.c.at, t.c.reason).where(t.c.run_id == run_id).order_by(t.c.id)
        with self._read() as connection:
            return [Transition(*row) for row in connection.execute(query)]

    def command(self, run_id: str, kind: str, value: Any = None) -> None:
        """Ask a run's worker for something; it looks a few times a second."""
        assert kind in COMMANDS, kind
        row = {"run_id": run_id, "kind": kind, "value": value, "asked_at": self._clock()}
        with self._write() as connection:
            connection.execute(insert(tables.commands).values(**row))

    def take_commands(self, run_id: str, attempt: int = 0) -> list[Command]:
        """The commands that this attempt has not read yet, oldest first.

        A command that was read but never settled, because its worker died, is read again by the next attempt.
        """
        t = tables.commands
        unread = (t.c.run_id == run_id, t.c.done_at.is_(None), or_(t.c.taken_by.is_(None), t.c.taken_by != attempt))
        query = select(t.c.id, t.c.kind, t.c.value).where(*unread).order_by(t.c.id)
        with self._read() as connection:
            found = [Command(*row) for row in connection.execute(query)]
        if found:
            with self._write() as connection:
                connection.execute(
                    update(t).where(t.c.id.in_([command.id for command in found])).values(taken_by=attempt)
                )
        return found

    def open_commands(self, run_id: str) -> list[Command]:
        """The commands that have not taken effect for good, read or not, oldest first."""
        t = tables.commands
        query = select(t.c.id, t.c.kind, t.c.value).where(t.c.run_id == run_id, t.c.done_at.is_(None)).order_by(t.c.id)
        with self._read() as connection:
            return [Command(*row) for row in connection.execute(query)]

    def settle_commands(self, run_id: str, upto: int | None = None, kinds: Sequence[str] = COMMANDS) -> None:
        """Mark the commands of these kinds, up to this id or all, as having taken effect for good."""
        t = tables.commands
        conditions = [t.c.run_id == run_id, t.c.done_at.is_(None), t.c.kind.in_(kinds)]
        if upto is not None:
            conditions.append(t.c.id <= upto)
        with self._write() as connection:
            connection.execute(update(t).where(*conditions).values(done_at=self._clock()))

    def _write_records(self, table: Any, run_id: str, records: Sequence[Mapping[str, Any]]) -> None:
        rows = {int(r["epoch"]): {"run_id": run_id, "epoch": int(r["epoch"]), "record": dict(r)} for r in records}
        pending = list(rows.values())
        with self._write() as connection:
            for start in range(0, len(pending), 200):  # far below SQLite's limit of variables
                connection.execute(self._upsert(table, pending[start : start + 200], ["run_id", "epoch"]))
