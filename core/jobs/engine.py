"""The engine: queues runs, hands them to workers, passes commands on, and restarts runs whose worker died.

    engine = Engine.shared()
    run = engine.train(dataset.id, recipe)
    engine.pause(run.id)

Imports neither torch nor, before it is started, Dask. All that is known of a run is in the store, so that another
process can do the same with it.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any, ClassVar, TypeVar

from core.errors import AnomalensError, DataError
from core.jobs import worker
from core.jobs.epoch_run import keep_epoch
from core.jobs.pool import Pool, Task
from core.jobs.process import identity
from core.jobs.supervisor import Supervisor
from core.recipe import Recipe
from core.settings import Settings
from core.settings import settings as current_settings
from core.store import commands
from core.store.records import Run
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
        self._pool = Pool(self.settings, memory_limit, self._on_done)
        self._finished: deque[Task] = deque()
        self._lock = threading.RLock()
        self._wake, self._end = threading.Event(), threading.Event()
        self._thread: threading.Thread | None = None
        self._workspace: Workspace | None = None
        self._devices: list[dict[str, str]] | None = None

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
            if self._thread is None:
                self._thread = threading.Thread(target=self._supervise, name="anomalens engine", daemon=True)
                self._thread.start()

    def wait(self, timeout: float = 30.0) -> bool:
        """Wait until the workers are there; whether they are."""
        self.start()
        return self._pool.ready.wait(timeout)

    def close(self) -> None:
        """End the embedded workers; their runs go on when an engine is started again. A cluster's go on now."""
        with self._lock:
            thread, self._thread = self._thread, None
        if thread is not None:
            self._end.set()
            self._wake.set()
            thread.join(30)
            self._end.clear()

    def train(self, dataset_id: str, recipe: Recipe, name: str = "") -> Run:
        """Queue a run and hand it to a worker."""
        run = self.workspace.store.create_run(dataset_id, recipe, name)
        self.submit(run.id)
        return run

    def keep_epoch(self, run_id: str, epoch: int) -> Run:
        """Queue a run with the weights of one epoch of another, and hand it to a worker."""
        run = keep_epoch(self.workspace, run_id, epoch)
        self.submit(run.id)
        return run

    def submit(self, run_id: str) -> None:
        """Hand a queued run to a worker, at once or as soon as there is one."""
        self.start()
        store = self.workspace.store
        lease = store.lease(run_id)
        if lease is not None and lease.state == "queued" and store.adopt(run_id, identity(), lease):
            self._pool.give(lease)

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
        if not self.wait(timeout):
            raise DataError(f"No worker answered within {timeout:g} s. {self.problem or 'Try again in a moment.'}")
        return self._pool.call(function, *arguments, timeout=max(0.1, timeout - (time.monotonic() - begin)))

    def devices(self, timeout: float = 30.0) -> list[dict[str, str]]:
        """The devices that a run can train on: ``{"id": "cpu", "title": "CPU (2 threads)"}``; asked once."""
        if self._devices is None:
            self._devices = self.call(worker.devices, timeout=timeout)
            self._pool.warm_up()
        return self._devices

    def _supervise(self) -> None:
        supervisor: Supervisor | None = None
        while not self._end.is_set():
            try:
                from core.search import lifecycle

                if supervisor is None:
                    supervisor = Supervisor(self.workspace, self._pool.give, self._pool.has)
                self._pool.connect(supervisor.over_limit)
                self.problem = ""
                self._take_finished(supervisor)
                lifecycle.advance_all(self.workspace)
                supervisor.tick()
            except Exception as error:  # a store or scheduler that is away comes back
                self.problem = f"Runs cannot be handed to workers: {error}. It is tried again every few seconds."
                log.warning("The engine goes on after: %s", error, exc_info=not isinstance(error, OSError))
                self._end.wait(2)
            self._wake.wait(1.0)
            self._wake.clear()
        self._pool.disconnect()

    def _on_done(self, task: Task) -> None:
        self._finished.append(task)
        self._wake.set()

    def _take_finished(self, supervisor: Supervisor) -> None:
        """Look at the tasks that are over; what their runs' states say is the supervisor's business."""
        store = self.workspace.store
        while self._finished:
            task = self._finished.popleft()
            self._pool.forget(task)
            lease = store.lease(task.run_id)
            if task.error is None or lease is None or lease.attempt > task.attempt + 1 or lease.state == "paused":
                continue
            if task.killed:
                supervisor.bring_back(lease, died=True)
            else:
                supervisor.give_up(lease, f"The worker could not take it up. {_said(task.error)}")


def _said(error: BaseException) -> str:
    return str(error) if isinstance(error, AnomalensError) else f"{type(error).__name__}: {error}"
