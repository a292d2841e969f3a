"""Run one run in this process, show how far it is, and obey Ctrl-C.

The run is computed in a thread beside the one that shows it; they meet in the run store, as a worker and the dashboard
do.
"""

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from core.cli.support.output import console
from core.modalities.nouns import nouns_of

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from core.store.records import Run
    from core.store.workspace import Workspace

LOOK_SECONDS = 0.25
CANCEL_SECONDS = 3.0
"""What a cancelled run gets to tidy up behind itself."""


def follow(space: "Workspace", run: "Run") -> "Run":
    """Compute a queued run; return it as it ended.

    The first Ctrl-C (or SIGTERM) stops the training and keeps the best weights, a second one leaves at once.

    Raises
    ------
    Exception
        What kept the run from being taken up or written down, such as a store that does not answer for a minute.
    """
    # Before torch is loaded: on busy processors, threads that spin while they wait cost three times the work itself.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    from sqlalchemy.exc import SQLAlchemyError

    from core.jobs.retries import retried
    from core.jobs.worker import run_job
    from core.store import commands

    done = threading.Event()
    trouble: list[Exception] = []

    def work() -> None:
        try:
            run_job(run.id, space.settings)
        except Exception as error:
            trouble.append(error)
        finally:
            done.set()

    with interrupts() as asked_to_end, _progress() as bar:
        task = bar.add_task("preparing", total=None, detail="")
        threading.Thread(target=work, name=f"run-{run.id}", daemon=True).start()
        cancelling = False
        while not done.wait(LOOK_SECONDS):
            with suppress(SQLAlchemyError):  # a store that is busy or away for a moment ends no training
                _advance(bar, task, space.store.run(run.id))
            if len(asked_to_end) > 1:
                commands.cancel(space, run.id)
                done.wait(CANCEL_SECONDS)
                sys.exit(130)
            if asked_to_end and not cancelling:
                cancelling = True
                commands.stop(space, run.id)
                bar.console.print(f"Stopping run {run.id}; its best weights are kept. Press Ctrl-C again to drop it.")
    if trouble:
        raise trouble[0]
    return retried(lambda: space.store.run(run.id))


@contextmanager
def interrupts() -> Iterator[list[int]]:
    """Collect Ctrl-C and SIGTERM instead of being torn out of whatever goes on; who ignores them goes on doing so."""
    seen: list[int] = []
    caught = [s for s in (signal.SIGINT, signal.SIGTERM) if signal.getsignal(s) != signal.SIG_IGN]
    if threading.current_thread() is not threading.main_thread():
        caught = []  # only a process's main thread may listen
    before = {s: signal.signal(s, lambda number, _: seen.append(number)) for s in caught}
    try:
        yield seen
    finally:
        for s, handler in before.items():
            signal.signal(s, handler)


def _progress() -> "Progress":
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    screen = console(error=True)
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.fields[detail]}", markup=False),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=screen,
        transient=True,
        disable=not screen.is_terminal,
    )


def _advance(bar: "Progress", task: "TaskID", run: "Run") -> None:
    progress = run.progress
    epochs, batches = progress.get("epochs") or 0, progress.get("batches") or 0
    done = float(progress.get("epoch") or 0)
    if batches:
        done += (progress.get("batch") or 0) / batches
    speed = progress.get("rows_per_second") or 0
    bar.update(
        task,
        description=str(progress.get("phase") or run.state),
        total=epochs or None,
        completed=min(done, epochs),
        detail=f"epoch {progress.get('epoch', 0)} of {epochs}, {speed:,.0f} {nouns_of(run.recipe.modality).samples}/s"
        if epochs
        else "",
    )
