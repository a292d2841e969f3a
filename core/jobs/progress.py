"""What a worker is computing beside a run, with its progress where every server can read it.

``<folder>/progress.json`` is there while it is being computed, and after a failure, which it says in a sentence; the
result's own file beside it is there when all is done. ``<folder>/cancelled.json`` says that nobody wants it any more.
"""

import threading
import time
from dataclasses import dataclass
from typing import Any

from core.errors import DataError
from core.store.artifacts import Artifacts
from core.training.control import Control

BEAT_SECONDS = 0.5
SILENT_SECONDS = 20.0
"""A progress that was not renewed for so long is that of a worker that is gone."""


@dataclass(frozen=True)
class JobStatus:
    """How far something that a worker computes beside a run is."""

    ready: bool = False
    running: bool = False
    share: float = 0.0
    """Of the rows, 0 to 1."""
    problem: str = ""
    """Why it failed, as a sentence."""
    cancelled: bool = False
    """Whether somebody ended it."""


def standing(artifacts: Artifacts, folder: str, done: str) -> JobStatus:
    """How far it is; all false when nobody asked for it yet, or whoever computed it is gone.

    Parameters
    ----------
    artifacts
        Where runs are.
    folder
        Where it is told.
    done
        The file that is written last.
    """
    if artifacts.exists(f"{folder}/{done}"):
        return JobStatus(ready=True, share=1.0)
    if is_cancelled(artifacts, folder):
        return JobStatus(cancelled=True)
    try:
        told: dict[str, Any] = artifacts.read_json(f"{folder}/progress.json")
    except DataError:
        return JobStatus()
    if told["problem"]:
        return JobStatus(problem=str(told["problem"]))
    return JobStatus(running=time.time() - told["at"] < SILENT_SECONDS, share=float(told["share"]))


def tell(artifacts: Artifacts, folder: str, *, share: float = 0.0, problem: str = "") -> None:
    """Write how far it is, or why it failed."""
    artifacts.write_json(f"{folder}/progress.json", {"share": share, "at": time.time(), "problem": problem})


def forget(artifacts: Artifacts, folder: str) -> None:
    """Forget a progress or a failure, before it is tried again."""
    artifacts.delete(f"{folder}/progress.json")


def cancel(artifacts: Artifacts, folder: str) -> None:
    """End it, wherever it is computed; it counts as ended at once, until it is asked for again."""
    artifacts.write_json(f"{folder}/cancelled.json", {"at": time.time()})


def is_cancelled(artifacts: Artifacts, folder: str) -> bool:
    """Whether somebody ended it, and nobody asked for it since."""
    return artifacts.exists(f"{folder}/cancelled.json")


def ask_again(artifacts: Artifacts, folder: str) -> None:
    """Forget that it failed or was ended, and say that it is wanted."""
    artifacts.delete(f"{folder}/cancelled.json")
    tell(artifacts, folder)


class Beat:
    """Tells the progress of a control a few times a second, for the length of a ``with`` block; hears when to end."""

    def __init__(self, artifacts: Artifacts, folder: str) -> None:
        self.control = Control()
        self._artifacts, self._folder = artifacts, folder
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._tell, name=f"progress of {folder}", daemon=True)

    def __enter__(self) -> "Beat":
        tell(self._artifacts, self._folder)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()
        forget(self._artifacts, self._folder)

    def _tell(self) -> None:
        progress = self.control.progress
        while not self._end.wait(BEAT_SECONDS):
            if is_cancelled(self._artifacts, self._folder):
                self.control.cancel()
                return
            tell(self._artifacts, self._folder, share=progress.batch / max(1, progress.batches))
