"""A process of a worker's own that computes what no library offers a way to stop; it can be ended at any moment.

It is started with ``python -m core.jobs.derived.child``. Work comes through its standard input, how far it is and how
it ended goes out through its standard output, and it ends when the input does: no worker, no child. A child that has
finished waits for more, because the libraries that lay out maps compile themselves in each new process, which takes
longer than most maps.
"""

import logging
import os
import pickle
import queue
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import IO, Any

from core.errors import AnomalensError
from core.jobs.derived.base import Derived, WorkControl
from core.jobs.process import offer_as_victim
from core.jobs.training_job import failure_reason
from core.settings import Settings

log = logging.getLogger(__name__)

REPORT_SECONDS = 0.2
KEPT_SECONDS = 300.0
"""How long it waits for more work: a second map is then laid out at once."""
TAKEN, PROGRESS, FINISHED, FAILED = "taken", "progress", "finished", "failed"


def main() -> None:
    """Take work until the input ends."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not get between the answers
    sys.stdout = sys.stderr
    # At a terminal the keys of an interrupt reach every process; the worker decides what becomes of this one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    offer_as_victim(900)
    lock = threading.Lock()

    def answer(*message: Any) -> None:
        with lock, suppress(BrokenPipeError):
            pickle.dump(message, answers)
            answers.flush()

    inbox: queue.Queue[bytes] = queue.Queue()
    threading.Thread(target=_read, args=(sys.stdin.buffer, inbox), name="inbox", daemon=True).start()
    with suppress(queue.Empty):
        while True:
            work = inbox.get(timeout=KEPT_SECONDS)
            answer(TAKEN)
            _do(work, answer)
    os._exit(0)  # the thread that reads would hold up an ordinary end


def _read(source: IO[bytes], inbox: "queue.Queue[bytes]") -> None:
    with suppress(EOFError, pickle.UnpicklingError):
        while True:
            inbox.put(pickle.load(source))
    os._exit(0)


def _do(work: bytes, answer: Callable[..., None]) -> None:
    """Compute one thing, and report a few times a second how far it is."""
    control, over = WorkControl(), threading.Event()

    def report() -> None:
        while not over.wait(REPORT_SECONDS):
            answer(PROGRESS, control.share, dict(control.steps))

    reporting = threading.Thread(target=report, name="progress", daemon=True)
    reporting.start()
    try:
        run_id, derived, settings = pickle.loads(work)
        _compute(run_id, derived, settings, control)
        message = (FINISHED, "")
    except Exception as error:
        if not isinstance(error, AnomalensError):
            log.exception("The computation failed.")
        message = (FAILED, failure_reason(error))
    over.set()
    reporting.join()
    answer(*message)


def _compute(run_id: str, derived: Derived, settings: Settings, control: WorkControl) -> None:
    from core.results.finished_run import FinishedRun
    from core.store.workspace import open_workspace

    derived.compute(FinishedRun.open(open_workspace(settings), run_id, derived.score), control)


if __name__ == "__main__":
    main()
