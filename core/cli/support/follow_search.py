"""Keep a search going from the command line, show how far it is, and obey Ctrl-C."""

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from core.cli.support.follow import LOOK_SECONDS, interrupts
from core.cli.support.output import console
from core.errors import DataError

if TYPE_CHECKING:
    from rich.progress import Progress

    from core.store.records import Search
    from core.store.workspace import Workspace

REST_SECONDS = 15.0
"""What the trials of a stopped search get to write their checkpoints."""
START_SECONDS = 60.0


def follow_search(space: "Workspace", search_id: str, at_once: int) -> "Search":
    """Do the trials of a search until it ends; return it as it is then.

    The first Ctrl-C (or SIGTERM) stops it, so that it can be resumed, a second one leaves at once.

    Raises
    ------
    DataError
        When there are no workers.
    """
    from core.search import lifecycle

    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    with interrupts() as asked_to_end, _progress() as bar:
        task = bar.add_task("starting", total=None)
        with _workers(space, search_id, at_once) as working:
            stopped_at = 0.0
            while (search := space.store.search(search_id)).active or _busy(space, search_id):
                states = [trial.state for trial in space.store.trials(search_id)]
                ended = sum(state in ("done", "failed", "cancelled") for state in states)
                bar.update(task, description="trials", completed=ended, total=search.plan["trials"] or None)
                if len(asked_to_end) > 1 or (stopped_at and time.monotonic() > stopped_at + REST_SECONDS):
                    sys.exit(130)
                if not working():
                    lifecycle.stop(space, search_id)
                    break
                if asked_to_end and not stopped_at:
                    stopped_at = time.monotonic()
                    lifecycle.stop(space, search_id)
                    bar.console.print(f"Stopping search {search_id}. Go on: anomalens search --resume {search_id}")
                time.sleep(LOOK_SECONDS)
    return space.store.search(search_id)


def _busy(space: "Workspace", search_id: str) -> bool:
    return any(trial.state == "running" for trial in space.store.trials(search_id))


@contextmanager
def _workers(space: "Workspace", search_id: str, at_once: int) -> Iterator[Callable[[], bool]]:
    """Whoever does the trials, and whether they still do: a thread for one at a time, else worker processes."""
    if at_once == 1:
        from core.jobs.search.in_process import run_in_process

        thread = threading.Thread(
            target=run_in_process, args=(space, search_id), name=f"search-{search_id}", daemon=True
        )
        thread.start()
        # It ends by itself when the search does, which the next look tells.
        yield lambda: thread.is_alive() or not space.store.search(search_id).active
        return
    from core.jobs.engine import Engine
    from core.search import lifecycle

    settings = space.settings
    engine = Engine(settings if settings.scheduler or not at_once else replace(settings, workers=at_once))
    try:
        if not engine.wait(START_SECONDS):
            lifecycle.stop(space, search_id)
            raise DataError(
                f"No worker came within {START_SECONDS:g} s. {engine.problem} The search is kept; go on with "
                f"--resume {search_id}, or do one trial at a time in this process with --at-once 1."
            )
        yield lambda: True
    finally:
        engine.close()


def _progress() -> "Progress":
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    screen = console(error=True)
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=screen,
        transient=True,
        disable=not screen.is_terminal,
    )
