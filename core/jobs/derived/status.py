"""How far something derived from a run is: ``progress.json`` beside it, where every server reads it.

The file is there while the result is being computed, and after a failure, which it says in a sentence.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from core.errors import DataError
from core.jobs.derived import request
from core.jobs.derived.base import Derived, Step, WorkControl
from core.store.artifacts import Artifacts

log = logging.getLogger(__name__)

BEAT_SECONDS = 0.4
SILENT_SECONDS = 20.0
"""A progress that was not renewed for so long is that of a worker that is gone."""


@dataclass(frozen=True)
class JobStatus:
    """How far something that a worker computes is; all false when nobody computes it."""

    ready: bool = False
    running: bool = False
    share: float = 0.0
    """How much is done, 0 to 1."""
    problem: str = ""
    """Why it failed, as a sentence."""
    cancelled: bool = False
    """Whether somebody cancelled it."""
    steps: Mapping[str, Step] = field(default_factory=dict)
    """How far each part of it is, where it has several."""


def status(artifacts: Artifacts, run_id: str, derived: Derived) -> JobStatus:
    """How far something is; all false when nobody asked for it yet, or whoever computed it is gone."""
    if artifacts.exists(derived.last_file(run_id)):
        return JobStatus(ready=True, share=1.0)
    cancelled = request.is_cancelled(artifacts, run_id, derived)
    try:
        found: dict[str, Any] = artifacts.read_json(_path(run_id, derived))
    except DataError:
        return JobStatus(cancelled=cancelled)
    steps = {name: Step(**step) for name, step in found.get("steps", {}).items()}
    if cancelled:
        return JobStatus(cancelled=True, steps=steps)
    if found["problem"]:
        return JobStatus(problem=str(found["problem"]))
    silent = time.time() - found["at"] > SILENT_SECONDS
    return JobStatus(running=not silent, share=float(found.get("share", 0.0)), steps=steps)


def write_progress(
    artifacts: Artifacts,
    run_id: str,
    derived: Derived,
    *,
    share: float = 0.0,
    steps: Mapping[str, Step] | None = None,
    problem: str = "",
) -> None:
    """Write how far it is, or why it failed."""
    written = {name: asdict(step) for name, step in (steps or {}).items()}
    artifacts.write_json(
        _path(run_id, derived), {"share": share, "at": time.time(), "problem": problem, "steps": written}
    )


def clear_progress(artifacts: Artifacts, run_id: str, derived: Derived) -> None:
    """Delete the progress, because the work is done or given up."""
    artifacts.delete(_path(run_id, derived))


def _path(run_id: str, derived: Derived) -> str:
    return f"{derived.folder(run_id)}/progress.json"


class Heartbeat:
    """Writes the progress a few times a second, and hears when nobody wants the result; for a ``with`` block.

    Parameters
    ----------
    artifacts, run_id, derived
        What is computed, of which run.
    control
        Tells how far it is; it is cancelled when nobody wants the result any more.
    token
        Of the request that it is computed for.
    """

    def __init__(self, artifacts: Artifacts, run_id: str, derived: Derived, control: WorkControl, token: str) -> None:
        self._artifacts, self._run_id, self._derived = artifacts, run_id, derived
        self._control, self._token = control, token
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"heartbeat of {derived.noun}", daemon=True)

    def __enter__(self) -> Heartbeat:
        self._beat()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._end.wait(BEAT_SECONDS):
            self._beat()

    def _beat(self) -> None:
        try:
            self._look_and_write()
        except OSError as error:  # a storage that is away for a moment is tried again at the next beat
            log.warning("The progress of %s of run %s was not written: %s", self._derived.noun, self._run_id, error)

    def _look_and_write(self) -> None:
        if self._control.ending:
            return
        # The progress is that of the newest request: who is at an earlier one gives way.
        share, steps = self._control.share, dict(self._control.steps)
        if not request.holds(self._artifacts, self._run_id, self._derived, self._token):
            # What was done until then is told to whoever goes on; a later request writes a progress of its own.
            if request.is_cancelled(self._artifacts, self._run_id, self._derived):
                write_progress(self._artifacts, self._run_id, self._derived, share=share, steps=steps)
            self._control.cancel()
            return
        write_progress(self._artifacts, self._run_id, self._derived, share=share, steps=steps)
