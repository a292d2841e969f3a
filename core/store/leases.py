"""Who may work on a run: a run is worked on by one attempt at a time, and an attempt that lost it may write nothing.

Every change of hands is one conditional UPDATE, so that two servers, or a server and a worker that was thought dead,
never hold the same run, without any lock beside the database.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import exists, func, insert, select, update

from core.store import tables
from core.store.base import Base
from core.store.records import ACTIVE, ENDED, Lease

r = tables.runs


class Leases(Base):
    """The part of the store that moves runs from state to state and from hand to hand."""

    def move(
        self,
        run_id: str,
        state: str,
        reason: str = "",
        *,
        sources: Sequence[str] | None = None,
        attempt: int | None = None,
        holder: str | None = None,
        values: Mapping[str, Any] | None = None,
    ) -> bool:
        """Bring a run into a state, unless it is not in ``sources``, or in other hands than said.

        Returns
        -------
        Whether it was moved.
        """
        conditions = [r.c.id == run_id]
        if sources is not None:
            conditions.append(r.c.state.in_(sources))
        if attempt is not None:
            conditions.append(r.c.attempt == attempt)
        if holder is not None:
            conditions.append(r.c.holder == holder)
        with self._write() as connection:
            now = self._clock()
            changes: dict[str, Any] = {"state": state, "reason": reason, **(values or {})}
            changes["finished_at"] = now if state in ENDED else None
            if state == "running":
                changes["started_at"] = func.coalesce(r.c.started_at, now)
            moved = connection.execute(update(r).where(*conditions).values(**changes))
            if moved.rowcount == 0:
                return False
            connection.execute(
                insert(tables.transitions).values(run_id=run_id, state=state, at=self._clock(), reason=reason)
            )
            return True

    def set_state(self, run_id: str, state: str, reason: str = "") -> None:
        """Bring a run into a state, whoever has it in hand."""
        self.move(run_id, state, reason)

    def claim(self, run_id: str, holder: str, reason: str = "") -> int | None:
        """Take a queued run up for work.

        Returns
        -------
        The number of the attempt, or None when the run is not queued, for example because somebody else was faster.
        """
        with self._read() as connection:
            attempt = connection.execute(select(r.c.attempt).where(r.c.id == run_id)).scalar()
        if attempt is None:
            return None
        claimed = self.move(
            run_id,
            "running",
            reason,
            sources=("queued",),
            attempt=attempt,
            values={"attempt": attempt + 1, "holder": holder, "heartbeat_at": self._clock()},
        )
        return attempt + 1 if claimed else None

    def beat(self, run_id: str, progress: Mapping[str, Any], worker: str = "", *, attempt: int | None = None) -> bool:
        """Write a sign of life and how far the run is.

        Returns
        -------
        Whether the run is still in the hands of this attempt; if not, it must end without writing anything more.
        """
        conditions = [r.c.id == run_id, r.c.state == "running"]
        if attempt is not None:
            conditions.append(r.c.attempt == attempt)
        values: dict[str, Any] = {"progress": dict(progress), "heartbeat_at": self._clock()}
        if worker:
            values["holder"] = worker
        with self._write() as connection:
            return connection.execute(update(r).where(*conditions).values(**values)).rowcount > 0

    def release(self, before: Lease, reason: str, *, died: bool) -> bool:
        """Queue a run again whose worker is gone, when it is still as ``before`` says; ``died`` counts as a retry."""
        values = {"holder": "", "heartbeat_at": None, "retries": r.c.retries + int(died)}
        return self.move(
            before.run_id,
            "queued",
            reason,
            sources=(before.state,),
            attempt=before.attempt,
            holder=before.holder,
            values=values,
        )

    def requeue(self, run_id: str) -> bool:
        """Put a paused run back into the queue."""
        values = {"holder": "", "heartbeat_at": None}
        return self.move(run_id, "queued", "Resumed.", sources=("paused",), values=values)

    def adopt(self, run_id: str, holder: str, before: Lease) -> bool:
        """Take a queued run in hand, to submit it, when it is still as ``before`` says."""
        with self._write() as connection:
            adopted = connection.execute(
                update(r)
                .where(
                    r.c.id == run_id,
                    r.c.state == "queued",
                    r.c.attempt == before.attempt,
                    r.c.holder == before.holder,
                )
                .values(holder=holder, heartbeat_at=self._clock())
            )
            return adopted.rowcount > 0

    def hold(self, run_ids: Sequence[str], holder: str) -> None:
        """A sign of life for queued runs that this process has in hand."""
        with self._write() as connection:
            connection.execute(
                update(r)
                .where(r.c.id.in_(run_ids), r.c.state == "queued", r.c.holder == holder)
                .values(heartbeat_at=self._clock())
            )

    def touch(self) -> None:
        """Find out whether the store can be written, by taking its lock for a moment."""
        with self._write():
            pass

    def lease(self, run_id: str) -> Lease | None:
        """Who has an active run in hand; None when it is not active."""
        return next(iter(self._leases(r.c.id == run_id)), None)

    def leases(self) -> list[Lease]:
        """Every active run and who has it in hand; light enough for once a second."""
        return self._leases()

    def _leases(self, *conditions: Any) -> list[Lease]:
        c = tables.commands
        has_command = exists().where(c.c.run_id == r.c.id, c.c.done_at.is_(None))
        columns = (r.c.id, r.c.state, r.c.holder, r.c.heartbeat_at, r.c.attempt, r.c.retries)
        query = select(*columns, has_command, *self._now_column()).where(r.c.state.in_(ACTIVE), *conditions)
        with self._read() as connection:
            rows = connection.execute(query.order_by(r.c.created_at)).all()
        return [self._lease(*row) for row in rows]

    def write_result(self, run_id: str, result: Mapping[str, Any], attempt: int | None = None) -> None:
        """Write a run's figures, unless it is in the hands of another attempt."""
        mine = [] if attempt is None else [r.c.attempt == attempt]
        with self._write() as connection:
            connection.execute(update(r).where(r.c.id == run_id, *mine).values(result=dict(result)))

    def _now_column(self) -> tuple[Any, ...]:
        return (func.clock_timestamp(),) if self._engine.dialect.name == "postgresql" else ()

    @staticmethod
    def _lease(
        run_id: str,
        state: str,
        holder: str,
        beat: datetime | None,
        attempt: int,
        retries: int,
        has_command: bool,
        now: datetime | None = None,
    ) -> Lease:
        age = None if beat is None else ((now or datetime.now(UTC)) - beat).total_seconds()
        return Lease(run_id, state, holder, age, attempt, retries, bool(has_command))
