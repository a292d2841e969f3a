"""The Dask cluster: one of our own beside the server, or somebody's by its address. Imported after the first paint.

Trainings and quick questions take different workers: a training worker has the resource ``train`` and does one run at a
time, a quick worker has ``quick``. On a cluster of your own start them as::

    dask worker tls://scheduler:8786 --nthreads 1 --resources train=1
    dask worker tls://scheduler:8786 --nthreads 4 --resources quick=4

Where no worker offers these resources, any worker takes anything, and a question may wait behind a training.
"""

import logging
import multiprocessing.spawn
from collections.abc import Callable
from functools import wraps
from typing import Any

import dask
from dask.system import CPU_COUNT
from distributed import Client, Nanny, Scheduler, SpecCluster
from distributed.security import Security
from distributed.system import MEMORY_LIMIT

from core.settings import Settings

TRAIN, QUICK = "train", "quick"
QUICK_THREADS = 4
PROTOCOL = "tls"
TASK = "run-"
"""How the keys of training tasks begin."""

_CONFIG = {
    # A variable that the server's own environment has comes first. By default a worker would get one thread, so that
    # the members of an ensemble would never train side by side. OpenMP's threads sleep while they wait for each other:
    # where more is running than there are processors, spinning takes three times the processor time.
    "distributed.nanny.pre-spawn-environ": {
        "MALLOC_TRIM_THRESHOLD_": 65_536,
        "OMP_NUM_THREADS": CPU_COUNT,
        "MKL_NUM_THREADS": CPU_COUNT,
        "OPENBLAS_NUM_THREADS": 1,
        "OMP_WAIT_POLICY": "PASSIVE",
    },
    "distributed.worker.profile.enabled": False,
    # Our own checkpoints decide on a retry; Dask would start a killed task again from the first epoch, four times.
    "distributed.scheduler.allowed-failures": 0,
    "distributed.scheduler.work-stealing": False,
    # A training's memory cannot be spilled; a worker that is ended for its memory is named in the run's reason.
    "distributed.worker.memory.target": False,
    "distributed.worker.memory.spill": False,
    "distributed.worker.memory.pause": False,
    "distributed.worker.memory.terminate": 0.95,
    "distributed.worker.memory.monitor-interval": "500ms",
    "distributed.admin.tick.interval": "1s",
    "distributed.comm.timeouts.connect": "10s",
    "distributed.diagnostics.nvml": False,
}


def start_embedded(settings: Settings, memory_limit: int | None = None) -> SpecCluster:
    """A scheduler and worker processes beside this process; they end with it, however it ends.

    Parameters
    ----------
    settings
        How many training workers; one quick worker comes beside them.
    memory_limit
        Bytes at which a worker is ended before the system does it; most of the machine's memory by default.
    """
    dask.config.set(_CONFIG)
    _spawn_without_main()
    # Whoever may talk to a scheduler runs code as its owner. Keys of this process's own, which never leave its memory
    # and its workers', keep everybody else on the machine out.
    security = Security.temporary()  # type: ignore[no-untyped-call]
    common = {
        "security": security,
        "protocol": PROTOCOL,
        "host": "127.0.0.1",
        "dashboard": False,
        "dashboard_address": "127.0.0.1:0",
        "silence_logs": logging.CRITICAL,
        "memory_limit": memory_limit or int(MEMORY_LIMIT * 0.9),
        "local_directory": str(settings.home / "scratch"),
    }
    workers: dict[str, dict[str, Any]] = {
        f"{TRAIN}-{index}": {"cls": Nanny, "options": {**common, "nthreads": 1, "resources": {TRAIN: 1}}}
        for index in range(settings.workers)
    }
    quick = {"nthreads": QUICK_THREADS, "resources": {QUICK: QUICK_THREADS}}
    workers[QUICK] = {"cls": Nanny, "options": {**common, **quick}}
    # Given no port of its own, Dask takes 8787 even where it shows nothing.
    scheduler = {
        "host": "127.0.0.1",
        "port": 0,
        "protocol": PROTOCOL,
        "security": security,
        "dashboard": False,
        "dashboard_address": "127.0.0.1:0",
    }
    return SpecCluster(  # type: ignore[no-untyped-call]
        workers=workers,
        scheduler={"cls": Scheduler, "options": scheduler},
        security=security,
        silence_logs=logging.CRITICAL,
        name="anomalens",
    )


def connect(target: SpecCluster | str) -> Client:
    """A client of the cluster, or of the scheduler at an address.

    Raises
    ------
    OSError
        When nobody answers there.
    """
    dask.config.set(_CONFIG)
    return Client(target, set_as_default=False, timeout=10, name="anomalens")  # type: ignore[no-untyped-call]


def offered(client: Client) -> dict[str, set[str]]:
    """Every worker of the cluster with the resources that it offers now."""
    workers = client.scheduler_info(n_workers=-1)["workers"].items()
    return {address: set(worker["resources"]) for address, worker in workers}


def free_worker(client: Client, taken: set[str]) -> str | None:
    """A worker that trains nothing now and is not ``taken``, or None.

    Dask itself would hand every task to some worker at once, where it waits even when another worker becomes free.
    """
    offers = offered(client)
    trainers = [address for address, resources in offers.items() if TRAIN in resources]
    plain = [address for address, resources in offers.items() if not resources & {TRAIN, QUICK}]
    processing = client.processing()  # type: ignore[no-untyped-call]
    busy = {address for address, keys in processing.items() if any(str(key).startswith(TASK) for key in keys)}
    return next((address for address in trainers or plain if address not in busy | taken), None)


def _spawn_without_main() -> None:
    """Keep worker processes from running the server's main script again.

    A spawned process imports its parent's ``__main__``. Streamlit puts the page's script there while it runs, so that a
    worker that happens to be restarted in that moment would run the dashboard.
    """
    prepare = multiprocessing.spawn.get_preparation_data
    if hasattr(prepare, "__wrapped__"):
        return

    @wraps(prepare)
    def without_main(name: str) -> dict[str, Any]:
        data: dict[str, Any] = prepare(name)
        if name.startswith("Dask Worker process"):
            data.pop("init_main_from_name", None)
            data.pop("init_main_from_path", None)
        return data

    multiprocessing.spawn.get_preparation_data = without_main


def on_over_limit(client: Client, report: Callable[[int], None]) -> None:
    """Call ``report`` with the process number of each worker that a nanny ends for its memory."""
    client.subscribe_topic(  # type: ignore[no-untyped-call]
        "worker-restart-memory", lambda event: report(int(event[1]["pid"]))
    )
