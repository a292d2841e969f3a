"""The pool of Dask workers: submits runs and quick functions to them and follows their futures. Loads Dask late.

It knows which runs it gave to whom, but nothing of their states; :mod:`core.jobs.supervisor` does.
"""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from core.errors import DataError
from core.jobs.worker import warm_up, work
from core.settings import Settings
from core.store.records import Lease

log = logging.getLogger(__name__)

T = TypeVar("T")

WARM = 2
"""Workers that load torch before they are needed, 200 MB each; runs are given to the first ones first."""

LATE_SECONDS = 2.0
"""After so long without a beginning it is checked whether the worker is still there."""

STUCK_SECONDS = 15.0
"""After so long without a beginning a run is given to another worker: two servers may have chosen the same one."""


@dataclass(frozen=True)
class Task:
    """A run in the hands of a worker; the attempt is the one before the worker claims it."""

    run_id: str
    attempt: int
    future: Any
    worker: str
    since: float = field(default_factory=time.monotonic)

    @property
    def error(self) -> BaseException | None:
        """What ended the task, or None; a run's own failure does not, for its worker writes that into the store."""
        return self.future.exception() if self.future.status == "error" else None

    @property
    def killed(self) -> bool:
        """Whether the worker died of it."""
        from distributed import KilledWorker

        return isinstance(self.error, KilledWorker)


class Pool:
    """Worker processes of our own, or those of a cluster.

    Parameters
    ----------
    settings
        Where the scheduler is, or how many workers to start.
    memory_limit
        Bytes that an embedded worker may hold; most of the machine's memory by default.
    on_done
        Called, in a thread of Dask's, when a task is over.
    """

    def __init__(self, settings: Settings, memory_limit: int | None, on_done: Callable[[Task], None]) -> None:
        self._settings, self._memory_limit, self._on_done = settings, memory_limit, on_done
        # Dask's client and cluster, which are not annotated.
        self._client: Any = None
        self._cluster: Any = None
        self._offered: set[str] = set()
        self._tasks: dict[str, Task] = {}
        self._warming: list[Any] = []
        self._lock = threading.RLock()
        self.ready = threading.Event()
        """Set while there are workers to talk to."""

    def connect(self, over_limit: Callable[[int], None]) -> None:
        """Start or find the workers, unless that is done; report those that are ended for their memory.

        Raises
        ------
        OSError
            When no scheduler answers at the address.
        """
        from core.jobs import cluster

        if self._client is None or self._client.status not in {"running", "connecting"}:
            self.disconnect()
            if not self._settings.scheduler:
                self._cluster = cluster.start_embedded(self._settings, self._memory_limit)
            client = cluster.connect(self._cluster or self._settings.scheduler)
            cluster.on_over_limit(client, over_limit)
            self._client = client
        elif not self._settings.scheduler:
            return  # our own workers offer what they offered before
        self._offered = set().union(*cluster.offered(self._client).values())
        self.ready.set()

    def disconnect(self) -> None:
        """End our own workers, or leave the cluster's alone."""
        self.ready.clear()
        with self._lock:
            parts, self._client, self._cluster = (self._client, self._cluster), None, None
            self._tasks.clear()
            self._warming.clear()
        for part in parts:
            if part is not None:
                try:
                    part.close(timeout=15)
                except TimeoutError:  # whatever is left ends with this process
                    log.warning("The workers did not end in time.")

    def has(self, run_id: str) -> bool:
        """Whether a worker was given this run, and nothing was heard of its end."""
        return run_id in self._tasks

    def give(self, lease: Lease) -> bool:
        """Give a queued run to a free worker, unless one has it; says no when none is free."""
        with self._lock:
            if self._client is None:
                return False
            task = self._tasks.get(lease.run_id)
            if task is not None and not self._stuck(task):
                return True
            from core.jobs.cluster import free_worker

            if task is not None:
                self.forget(task)
            worker = free_worker(self._client, {task.worker for task in self._tasks.values()})
            if worker is None:
                return False
            new = Task(lease.run_id, lease.attempt, self._submit(lease, worker), worker)
            self._tasks[lease.run_id] = new
        new.future.add_done_callback(lambda _: self._on_done(new))
        return True

    def forget(self, task: Task) -> None:
        """The task is over, or shall be: another one may be made for its run."""
        with self._lock:
            if self._tasks.get(task.run_id) is task:
                del self._tasks[task.run_id]
        if not task.future.done():
            task.future.cancel()

    def call(self, function: Callable[..., T], *arguments: Any, timeout: float) -> T:
        """The answer of a function that a worker calls.

        Raises
        ------
        DataError
            When no worker answered in time.
        """
        client = self._client
        if client is None:
            raise _no_answer(timeout)
        resources = {"quick": 1} if "quick" in self._offered else None
        future = client.submit(function, *arguments, pure=False, resources=resources, priority=10)
        try:
            answer: T = future.result(timeout=timeout)
        except TimeoutError:
            future.cancel()
            raise _no_answer(timeout) from None
        return answer

    def warm_up(self) -> None:
        """Let our own first workers load torch, so that the next trainings begin at once; others stay small."""
        if self._client is None or self._settings.scheduler:
            return
        from core.jobs.cluster import offered

        with self._lock:
            busy = {task.worker for task in self._tasks.values()}
            trainers = [address for address, offers in offered(self._client).items() if "train" in offers]
            self._warming = [
                self._client.submit(warm_up, pure=False, workers=[address], allow_other_workers=True)
                for address in trainers[:WARM]
                if address not in busy
            ]

    def _stuck(self, task: Task) -> bool:
        """Whether a task whose run is still queued will not begin."""
        from core.jobs.cluster import offered

        waited = time.monotonic() - task.since
        return waited > LATE_SECONDS and (waited > STUCK_SECONDS or task.worker not in offered(self._client))

    def _submit(self, lease: Lease, worker: str) -> Any:
        from core.jobs.cluster import TASK

        future = self._client.submit(
            work,
            lease.run_id,
            self._settings,
            key=f"{TASK}{lease.run_id}-{lease.attempt}-{time.monotonic_ns()}",
            pure=False,
            workers=[worker],
        )
        if self._settings.scheduler:
            from distributed import fire_and_forget

            fire_and_forget(future)  # type: ignore[no-untyped-call] # the run goes on when this process ends
        return future


def _no_answer(timeout: float) -> DataError:
    return DataError(f"No worker answered within {timeout:g} s. Try again in a moment.")
