"""Derived work of tests, asked for as a page does and done as a worker does; and a kind that does as it is told."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from waiting import WAIT

from core.compare.request import ComparisonRequest
from core.jobs.derived import Derived, request
from core.jobs.derived.base import WorkControl
from core.jobs.derived.comparison import DerivedComparison
from core.jobs.derived.status import JobStatus, status
from core.jobs.derived.work import derive, derive_here
from core.results.finished_run import FinishedRun
from core.store.workspace import Workspace


def derived(space: Workspace, run_id: str, wanted: Derived, **more: Any) -> Any:
    """What the command line gets."""
    return derive_here(FinishedRun.open(space, run_id, wanted.score), wanted, **more)


def compared(space: Workspace, run_id: str, what: ComparisonRequest, **more: Any) -> dict[str, Any]:
    """The report of a comparison."""
    return derived(space, run_id, DerivedComparison(what), **more)


def asked_and_done(space: Workspace, run_id: str, wanted: Derived) -> JobStatus:
    """How it stands after a worker has done what somebody asked for."""
    token = request.ask(space.artifacts, run_id, wanted)
    derive(run_id, wanted, token, space.settings)
    return status(space.artifacts, run_id, wanted)


def wait_for(state: Callable[[], Any], seconds: float = WAIT) -> Any:
    """What ``state`` answers as soon as that is true."""
    end = time.monotonic() + seconds
    while not (found := state()):
        assert time.monotonic() < end, found
        time.sleep(0.02)
    return found


@dataclass(frozen=True)
class Sample(Derived):
    """Writes a file, and then does what it is told."""

    then: str

    noun = "the sample"
    crashed = "The process ended. Try again."

    def folder(self, run_id: str) -> str:
        return f"runs/{run_id}/samples/{self.then}"

    def last_file(self, run_id: str) -> str:
        return f"{self.folder(run_id)}/sample.json"

    def compute(self, run: FinishedRun, control: WorkControl) -> None:
        import os
        import signal

        artifacts = run.space.artifacts
        control.progress.batches, control.progress.batch = 4, 1
        artifacts.write_json(f"{self.folder(run.id)}/pid.json", os.getpid())
        if self.then == "never ends":
            while True:
                time.sleep(60)
        if self.then == "crashes":
            os.kill(os.getpid(), signal.SIGKILL)
        if self.then == "fails":
            raise ArithmeticError("nothing to divide by")
        if self.then == "waits":
            while artifacts.exists(f"{self.folder(run.id)}/pid.json"):
                time.sleep(0.01)
        artifacts.write_json(self.last_file(run.id), {"pid": os.getpid()})

    def read(self, run: FinishedRun) -> dict[str, int]:
        found: dict[str, int] = run.space.artifacts.read_json(self.last_file(run.id))
        return found
