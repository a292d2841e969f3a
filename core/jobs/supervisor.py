"""Looks after the active runs once a second: hands queued ones to workers, and brings back what a dead one left.

It decides from the store alone, which every server on it shares; see :mod:`core.store.leases` for why two of them do
not get in each other's way.
"""

import logging
import time
from collections.abc import Callable

from core.jobs.process import alive, identity, out_of_memory_kills, pid_of
from core.store.records import Lease
from core.store.workspace import Workspace

log = logging.getLogger(__name__)

RETRIES = 3
"""How often a run may lose its worker before it fails."""

SILENT_SECONDS = 6.0
"""After so long without a sign of life somebody out of sight is taken for dead."""

STUCK_SECONDS = 60.0
"""The same for a process that is seen to live, but says nothing: it may be deep in one long computation."""


CONFIRM_SECONDS = 3.0
"""How long somebody who may live must say nothing in a store that can be written, before the run is taken from them."""

AWAY_SECONDS = 1.0
"""A store that takes longer to be written was away, and so nobody could say anything."""


class Supervisor:
    """Keeps runs going.

    Parameters
    ----------
    workspace
        The runs.
    submit
        Hands a queued run that this process has in hand to a worker, unless that is done; says no when none is free.
    submitted
        Whether this process has handed the run to the workers and has not heard of its end.
    """

    def __init__(self, workspace: Workspace, submit: Callable[[Lease], bool], submitted: Callable[[str], bool]) -> None:
        self._workspace, self._store = workspace, workspace.store
        self._submit, self._submitted = submit, submitted
        self._memory_kills = [out_of_memory_kills()] * 3
        self._over_limit: set[int] = set()
        self._silent_since: dict[tuple[str, int], float] = {}
        """Runs whose holder may live and says nothing, by attempt: since when that was seen."""

    def tick(self) -> None:
        """Look after every active run once."""
        leases = self._store.leases()
        known = {(lease.run_id, lease.attempt) for lease in leases}
        self._silent_since = {key: since for key, since in self._silent_since.items() if key in known}
        for lease in leases:
            if lease.state == "paused":
                self._paused(lease)
            elif lease.state == "running" and self._is_gone(lease):
                self.bring_back(lease, died=self._submitted(lease.run_id))
        self._serve([lease for lease in leases if lease.state == "queued"])
        self._memory_kills = [*self._memory_kills[1:], out_of_memory_kills()]

    def _is_gone(self, lease: Lease) -> bool:
        """Whether a run's holder is no longer there; a store that nobody could write for a while proves nothing."""
        key = (lease.run_id, lease.attempt)
        if not gone(lease):
            self._silent_since.pop(key, None)
            return False
        if lease.age is None or alive(lease.holder) is False:
            return True
        begin = time.monotonic()
        self._silent_since.setdefault(key, begin)
        try:
            self._store.touch()
        finally:
            # Raised or late: it was away, and whoever lives needs a moment to be heard of.
            if time.monotonic() - begin > AWAY_SECONDS:
                self._silent_since.clear()
        return key in self._silent_since and time.monotonic() - self._silent_since[key] > CONFIRM_SECONDS

    def _serve(self, queue: list[Lease]) -> None:
        """Hand queued runs to workers, the oldest first, while there are free ones."""
        waiting, free = [], True
        for lease in queue:
            mine = lease.holder == identity()
            # What nobody has in hand is left to others while this process has no worker for it.
            if not mine and not (free and gone(lease) and self._store.adopt(lease.run_id, identity(), lease)):
                continue
            waiting.append(lease.run_id)
            free = free and self._submit(lease)
        if waiting:
            self._store.hold(waiting, identity())

    def over_limit(self, pid: int) -> None:
        """A worker was ended because it went over its memory limit."""
        self._over_limit.add(pid)

    def bring_back(self, lease: Lease, *, died: bool) -> None:
        """Queue a run again whose worker is gone; it goes on from its checkpoint, but not for ever."""
        if lease.has_command and self._cancelled(lease):
            return
        why = self._why(lease) if died else "The process that had it went away."
        if died and lease.retries >= RETRIES:
            reason = f"{why} That happened {lease.retries + 1} times, so it was given up. {_remedy(why)}"
            self.give_up(lease, reason)
            return
        epoch = int(self._store.run(lease.run_id).progress.get("checkpoint_epoch") or 0)
        plan = f"It goes on from epoch {epoch} as soon as a worker is free." if epoch else "It starts over."
        count = f" (Retry {lease.retries + 1} of {RETRIES}.)" if died else ""
        if self._store.release(lease, f"{why} {plan}{count}", died=died):
            again = self._store.lease(lease.run_id)
            if again is not None and self._store.adopt(lease.run_id, identity(), again):
                self._submit(again)

    def give_up(self, lease: Lease, reason: str) -> None:
        """Let a run fail that is still as ``lease`` says."""
        sources, attempt, holder = (lease.state,), lease.attempt, lease.holder
        if self._store.move(lease.run_id, "failed", reason, sources=sources, attempt=attempt, holder=holder):
            self._store.settle_commands(lease.run_id)
            self._workspace.artifacts.delete(f"runs/{lease.run_id}/checkpoint.safetensors")

    def _paused(self, lease: Lease) -> None:
        """Let a paused run go on when it was asked to in the moment between two states."""
        if not lease.has_command:
            return
        if self._cancelled(lease):
            return
        kinds = {command.kind for command in self._store.open_commands(lease.run_id)}
        if kinds & {"resume", "stop"} and self._store.requeue(lease.run_id):
            self._store.settle_commands(lease.run_id, kinds=("pause", "resume"))

    def _cancelled(self, lease: Lease) -> bool:
        """Cancel a run that nobody works on, when somebody asked for that."""
        if all(command.kind != "cancel" for command in self._store.open_commands(lease.run_id)):
            return False
        sources, attempt, holder = (lease.state,), lease.attempt, lease.holder
        if self._store.move(lease.run_id, "cancelled", sources=sources, attempt=attempt, holder=holder):
            self._store.settle_commands(lease.run_id)
            self._workspace.artifacts.delete(f"runs/{lease.run_id}")
        return True

    def _why(self, lease: Lease) -> str:
        if pid_of(lease.holder) in self._over_limit:
            return "Its worker needed more memory than a worker may have."
        if out_of_memory_kills() > self._memory_kills[0]:
            return "The machine ran out of memory, and the system killed its worker."
        return "Its worker was killed or crashed."


def gone(lease: Lease) -> bool:
    """Whether whoever has the run in hand is no longer there."""
    if lease.age is None:
        return True
    lives = alive(lease.holder)
    if lives is None:
        return lease.age > SILENT_SECONDS
    # A fresh sign of life from a process that we do not see: it may live in a container of its own.
    return lease.age > (STUCK_SECONDS if lives else 2.0)


def _remedy(why: str) -> str:
    if "memory" in why:
        return "Choose a smaller batch or network, fewer members, or a machine with more memory."
    return "Look at the worker's machine, then train again."
