"""The engine: takes runs, hands them to workers, passes on what people ask of them, and brings back lost ones.

    engine = Engine.shared()
    run = engine.train(dataset.id, recipe)
    engine.pause(run.id)

Imports neither torch nor, before it is started, Dask. All that is known of a run is in the store, so that another
process can do the same with it.
"""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

from core.errors import AnomalensError, DataError
from core.jobs import commands, tasks
from core.jobs.process import identity
from core.jobs.supervisor import Supervisor
from core.jobs.worker import work
from core.recipe import Recipe
from core.settings import Settings
from core.settings import settings as current_settings
from core.store.records import Lease, Run
from core.store.workspace import Workspace, open_workspace

log = logging.getLogger(__name__)

T = TypeVar("T")


class Engine:
    """Runs as jobs.

    Parameters
    ----------
    settings
        Where store, artifacts and scheduler are; the environment's by default.
    memory_limit
        Bytes that an embedded worker may hold; most of the machine's memory by default.
    """

    _shared: ClassVar["Engine | None"] = None
    _sharing: ClassVar[threading.Lock] = threading.Lock()

    @classmethod
    def shared(cls) -> "Engine":
        """The one engine of this process, with the environment's settings."""
        with cls._sharing:
            if cls._shared is None:
                cls._shared = cls()
            return cls._shared

    def __init__(self, settings: Settings | None = None, *, memory_limit: int | None = None) -> None:
        self.settings = settings or current_settings()
        self.problem = ""
        """Why there are no workers, as a sentence; empty when all is well or nothing was started yet."""
        self._memory_limit = memory_limit
        # Dask's own types, which are not annotated.
        self._cluster: Any = None
        self._client: Any = None
        self._offered: set[str] = set()
        self._tasks: dict[str, _Task] = {}
        self._finished: list[_Task] = []
        self._lock = threading.RLock()
        self._wake, self._end, self._ready = threading.Event(), threading.Event(), threading.Event()
        self._thread: threading.Thread | None = None
        self._workspace: Workspace | None = None
        self._devices: list[dict[str, str]] | None = None
        self._warming: list[Any] = []

    @property
    def workspace(self) -> Workspace:
        """The runs and artifacts that this engine works on."""
        with self._lock:
            if self._workspace is None:
                self._workspace = open_workspace(self.settings)
            return self._workspace

    def start(self) -> None:
        """Start the workers, in the background, and take up the runs that another process left; once is enough."""
        with self._lock:
            if self._thread is None and not self._end.is_set():
                self._thread = threading.Thread(target=self._supervise, name="anomalens engine", daemon=True)
                self._thread.start()

    def wait(self, timeout: float = 30.0) -> bool:
        """Wait until the workers are there; whether they are."""
        self.start()
        return self._ready.wait(timeout)

    def close(self) -> None:
        """End the embedded workers; their runs go on when an engine is started again. A cluster's go on now."""
        self._end.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join(30)

    def train(self, dataset_id: str, recipe: Recipe, name: str = "") -> Run:
        """Queue a run and hand it to a worker."""
        run = self.workspace.store.create_run(dataset_id, recipe, name)
        self.submit(run.id)
        return run

    def submit(self, run_id: str) -> None:
        """Hand a queued run to a worker, at once or as soon as there is one."""
        self.start()
        store = self.workspace.store
        lease = store.lease(run_id)
        if lease is not None and lease.state == "queued" and store.adopt(run_id, identity(), lease):
            self._hand_over(lease)

    def pause(self, run_id: str) -> str:
        """Let a run give its worker free and keep where it was; says in a sentence what happens."""
        return commands.pause(self.workspace, run_id)

    def resume(self, run_id: str) -> str:
        """Let a paused run go on; says in a sentence what happens."""
        answer = commands.resume(self.workspace, run_id)
        self.submit(run_id)
        return answer

    def stop(self, run_id: str) -> str:
        """Let a run end and keep the best weights so far; says in a sentence what happens."""
        answer = commands.stop(self.workspace, run_id)
        self.submit(run_id)
        return answer

    def cancel(self, run_id: str) -> str:
        """Let a run end and keep nothing; says in a sentence what happens."""
        return commands.cancel(self.workspace, run_id)

    def set_learning_rate(self, run_id: str, rate: float) -> str:
        """Let a run train on with another learning rate; says in a sentence what happens."""
        return commands.set_learning_rate(self.workspace, run_id, rate)

    def recover(self) -> None:
        """Take up what a dead worker or server left, now; a started engine also does it by itself, once a second."""
        self.start()
        self._wake.set()

    def call(self, function: Callable[..., T], *arguments: Any, timeout: float = 30.0) -> T:
        """The answer of a function that a worker calls, for what needs torch; not stuck behind trainings.

        Raises
        ------
        DataError
            When no worker answered in time.
        """
        begin = time.monotonic()
        if not self.wait(timeout) or self._client is None:
            raise DataError(f"No worker answered within {timeout:g} s. {self.problem or 'Try again in a moment.'}")
        resources = {"quick": 1} if "quick" in self._offered else None
        future = self._client.submit(function, *arguments, pure=False, resources=resources, priority=10)
        try:
            answer: T = future.result(timeout=max(0.1, timeout - (time.monotonic() - begin)))
        except TimeoutError:
            future.cancel()
            raise DataError(f"No worker answered within {timeout:g} s. Try again in a moment.") from None
        return answer

    def devices(self, timeout: float = 30.0) -> list[dict[str, str]]:
        """The devices that a run can train on: ``{"id": "cpu", "title": "CPU (2 threads)"}``; asked once."""
        if self._devices is None:
            self._devices = self.call(tasks.devices, timeout=timeout)
            self._warm_up()
        return self._devices

    def _warm_up(self) -> None:
        """Let the embedded workers load torch: whoever asks for devices is about to train."""
        from core.jobs import cluster

        client = self._client
        if client is not None and not self.settings.scheduler:
            with self._lock:
                busy = {task.worker for task in self._tasks.values()}
            offers = cluster.offered(client).items()
            idle = [address for address, offered in offers if "train" in offered and address not in busy]
            self._warming = [
                client.submit(tasks.warm_up, pure=False, workers=[address], allow_other_workers=True)
                for address in idle
            ]

    # What follows runs in the engine's own thread, but for _hand_over and the callback of a future.

    def _supervise(self) -> None:
        supervisor: Supervisor | None = None
        while not self._end.is_set():
            try:
                if supervisor is None:
                    supervisor = Supervisor(self.workspace, self._hand_over, self._tasks.__contains__)
                self._connect(supervisor)
                self._take_finished(supervisor)
                supervisor.tick()
            except Exception as error:  # a store or scheduler that is away comes back
                self.problem = f"The workers cannot be reached: {error}. It is tried again every few seconds."
                log.warning("The engine goes on after: %s", error, exc_info=not isinstance(error, OSError))
                self._end.wait(2)
            self._wake.wait(1.0)
            self._wake.clear()
        self._disconnect()

    def _connect(self, supervisor: Supervisor) -> None:
        if self._client is not None and self._client.status in {"running", "connecting"}:
            if self.settings.scheduler:
                from core.jobs.cluster import offered

                self._offered = set().union(*offered(self._client).values())
            return
        from core.jobs import cluster

        self._disconnect()
        if not self.settings.scheduler:
            self._cluster = cluster.start_embedded(self.settings, self._memory_limit)
        client = cluster.connect(self._cluster or self.settings.scheduler)
        cluster.on_over_limit(client, supervisor.over_limit)
        self._offered = set().union(*cluster.offered(client).values())
        self._client, self.problem = client, ""
        self._ready.set()

    def _disconnect(self) -> None:
        self._ready.clear()
        with self._lock:
            client, self._client = self._client, None
            running, self._cluster = self._cluster, None
            self._tasks.clear()
            self._warming.clear()
        for part in (client, running):
            if part is not None:
                part.close(timeout=5)

    def _hand_over(self, lease: Lease) -> bool:
        """Give a queued run that this process has in hand to a worker; whether there was one, or it is done already."""
        with self._lock:
            if lease.run_id in self._tasks:
                return True
            if self._client is None:
                return False
            from core.jobs.cluster import TASK, free_worker

            worker = free_worker(self._client, {task.worker for task in self._tasks.values()})
            if worker is None:
                return False
            future = self._client.submit(
                work,
                lease.run_id,
                self.settings,
                key=f"{TASK}{lease.run_id}-{lease.attempt}-{time.monotonic_ns()}",
                pure=False,
                workers=[worker],
                allow_other_workers=True,  # should this one die before it begins
                resources={"train": 1} if "train" in self._offered else None,
            )
            task = _Task(lease.run_id, lease.attempt, future, worker)
            self._tasks[lease.run_id] = task
        if self.settings.scheduler:
            from distributed import fire_and_forget

            fire_and_forget(future)  # type: ignore[no-untyped-call] # the run goes on when this process ends
        future.add_done_callback(lambda _: self._on_done(task))
        return True

    def _on_done(self, task: "_Task") -> None:
        self._finished.append(task)
        self._wake.set()

    def _take_finished(self, supervisor: Supervisor) -> None:
        finished, self._finished = self._finished, []
        for task in finished:
            with self._lock:
                if self._tasks.get(task.run_id) is task:
                    del self._tasks[task.run_id]
            error = task.future.exception() if task.future.status == "error" else None
            if error is not None:
                self._failed(supervisor, task, error)

    def _failed(self, supervisor: Supervisor, task: "_Task", error: BaseException) -> None:
        from distributed import KilledWorker

        lease = self.workspace.store.lease(task.run_id)
        if lease is None or lease.attempt > task.attempt + 1 or lease.state == "paused":
            return
        if isinstance(error, KilledWorker):
            supervisor.bring_back(lease, died=True)
            return
        text = str(error) if isinstance(error, AnomalensError) else f"{type(error).__name__}: {error}"
        reason = f"The worker could not take it up. {text}"
        self.workspace.store.move(
            lease.run_id, "failed", reason, sources=(lease.state,), attempt=lease.attempt, holder=lease.holder
        )


@dataclass(frozen=True)
class _Task:
    """A run in the hands of a worker; the attempt is the one before the worker claims it."""

    run_id: str
    attempt: int
    future: Any
    worker: str
