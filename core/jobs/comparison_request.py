"""What a run shall be compared with and how far that is, as files beside the run that every server and worker reads.

``runs/<id>/compare/plan.json`` says what was asked for and whether it shall go on, ``progress.json`` how far each
detector is and, after a failure of the whole, why.
"""

import secrets
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from core.compare import files
from core.errors import DataError
from core.store.artifacts import Artifacts

TELL_SECONDS = 0.4
BEAT_SECONDS = 2.0
SILENT_SECONDS = 30.0
"""A progress that was not renewed for so long is that of a worker that is gone."""
WAITING, DONE, FAILED = "waiting", "done", "failed"


@dataclass(frozen=True)
class ComparisonRequest:
    """What a run shall be compared with."""

    detectors: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    """Other runs on the same rows."""

    @property
    def key(self) -> str:
        """The name of its report."""
        return files.key(self.detectors, self.others)

    def to_dict(self) -> dict[str, Any]:
        """The plan as plain values."""
        return {"detectors": list(self.detectors), "others": list(self.others)}


@dataclass(frozen=True)
class ComparisonStatus:
    """How far a comparison is."""

    ready: bool = False
    running: bool = False
    stopped: bool = False
    problem: str = ""
    """Why all of it failed, as a sentence."""
    steps: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Of each detector by name: "title", "state" (waiting, learning, scoring, done or failed), "share", "problem"."""


class StoppedError(Exception):
    """Nobody wants this comparison any more: it was stopped, or another one was asked for."""


def asked(artifacts: Artifacts, run_id: str) -> ComparisonRequest | None:
    """What a run was last asked to be compared with; None when nobody did."""
    found = _asked(artifacts, run_id)
    return ComparisonRequest(tuple(found["detectors"]), tuple(found["others"])) if found else None


def ask(artifacts: Artifacts, run_id: str, plan: ComparisonRequest) -> None:
    """Write down what a run shall be compared with; a worker does it when the run is done, or when it is called."""
    forget(artifacts, run_id)
    # Whoever asks for what is there wants it anew: the run's threshold may have changed. Scores stay.
    artifacts.delete(files.report_path(run_id, plan.key))
    # Whoever is at an earlier wish sees by the word that it is not this one.
    artifacts.write_json(_plan_path(run_id), plan.to_dict() | {"word": secrets.token_hex(8), "stopped": False})


def stop(artifacts: Artifacts, run_id: str) -> None:
    """Let what a run is being compared with go no further; what is done stays, and goes on when it is asked for."""
    found = _asked(artifacts, run_id)
    if found:
        artifacts.write_json(_plan_path(run_id), found | {"stopped": True})


def wanted(artifacts: Artifacts, run_id: str) -> bool:
    """Whether somebody waits for a comparison."""
    found = _asked(artifacts, run_id)
    return bool(found) and not found.get("stopped")


def _asked(artifacts: Artifacts, run_id: str) -> dict[str, Any]:
    """The plan as it was written; empty when nobody asked."""
    try:
        found: dict[str, Any] = artifacts.read_json(_plan_path(run_id))
    except DataError:
        return {}
    return found


def _plan_path(run_id: str) -> str:
    return f"{files.folder(run_id)}/plan.json"


def standing(artifacts: Artifacts, run_id: str, plan: ComparisonRequest) -> ComparisonStatus:
    """How far a comparison is; all false when nobody makes it, or whoever did is gone."""
    if artifacts.exists(files.report_path(run_id, plan.key)):
        return ComparisonStatus(ready=True)
    stopped = bool(_asked(artifacts, run_id).get("stopped"))
    try:
        told: dict[str, Any] = artifacts.read_json(f"{files.folder(run_id)}/progress.json")
    except DataError:
        return ComparisonStatus(stopped=stopped)
    if stopped:
        return ComparisonStatus(stopped=True, steps=told["steps"])
    if told["problem"]:
        return ComparisonStatus(problem=str(told["problem"]))
    return ComparisonStatus(running=time.time() - told["at"] < SILENT_SECONDS, steps=told["steps"])


def tell(artifacts: Artifacts, run_id: str, steps: dict[str, dict[str, Any]], problem: str = "") -> None:
    """Write how far each detector is, or why all failed."""
    told = {"at": time.time(), "steps": steps, "problem": problem}
    artifacts.write_json(f"{files.folder(run_id)}/progress.json", told)


def forget(artifacts: Artifacts, run_id: str) -> None:
    """Forget a progress or a failure, before it is tried again."""
    artifacts.delete(f"{files.folder(run_id)}/progress.json")


class Teller:
    """Writes the steps a few times a second, every change of a state at once, and signs of life in between.

    Told anything after somebody stopped the comparison, or asked for another one, it raises :class:`StoppedError`.
    """

    def __init__(self, artifacts: Artifacts, run_id: str) -> None:
        self._place = artifacts, run_id
        self._word = _asked(artifacts, run_id).get("word")
        self._over = False
        self._at = 0.0
        self._steps: dict[str, dict[str, Any]] = {}
        self._states: Sequence[str] = ()
        self._end, self._lock = threading.Event(), threading.Lock()
        self._thread = threading.Thread(target=self._beat, name=f"compare {run_id}", daemon=True)

    def __enter__(self) -> "Teller":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()

    def __call__(self, steps: dict[str, dict[str, Any]]) -> None:
        """Take how far each detector is."""
        states = [str(step["state"]) for step in steps.values()]
        with self._lock:
            self._steps = {name: dict(step) for name, step in steps.items()}
        if states != self._states or time.monotonic() - self._at > TELL_SECONDS:
            self._states, self._at = states, time.monotonic()
            self._write()
        if self._over:
            raise StoppedError

    def _beat(self) -> None:
        while not self._end.wait(BEAT_SECONDS):
            self._write()

    def _write(self) -> None:
        with self._lock:
            found = _asked(*self._place)
            self._over = self._over or bool(found.get("stopped")) or found.get("word") != self._word
            # The progress is that of whoever was asked last.
            if not self._over:
                tell(*self._place, self._steps)
