"""Run one run in this process, show how far it is, and obey Ctrl-C.

The run is computed in a thread beside the one that shows it; they meet in the run store, as a worker and the dashboard
do.
"""

import sys
import threading
from typing import TYPE_CHECKING

from core.cli.output import console

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from core.store.records import Run
    from core.store.workspace import Workspace

LOOK_SECONDS = 0.25


def follow(place: "Workspace", run: "Run") -> "Run":
    """Compute a queued run; return it as it ended.

    The first Ctrl-C stops the training and keeps the best weights, a second one leaves at once.
    """
    from core.jobs.worker import run_job

    job = threading.Thread(target=run_job, args=(run.id, place.settings), name=f"run-{run.id}", daemon=True)
    with _progress() as bar:
        task = bar.add_task("preparing", total=None, detail="")
        job.start()
        asked = False
        while job.is_alive():
            try:
                job.join(LOOK_SECONDS)
                _advance(bar, task, place.store.run(run.id))
            except KeyboardInterrupt:
                if asked:
                    place.store.set_state(run.id, "cancelled", "Ctrl-C was pressed twice.")
                    sys.exit(130)
                asked = True
                place.store.command(run.id, "stop")
                bar.console.print(
                    f"Stopping run {run.id} and keeping its best weights. Press Ctrl-C again to leave at once."
                )
    return place.store.run(run.id)


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
        detail=f"epoch {progress.get('epoch', 0)} of {epochs}, {speed:,.0f} rows/s" if epochs else "",
    )
