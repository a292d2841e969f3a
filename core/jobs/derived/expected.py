"""What the networks of a run expected of every moment of its series, for the time line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.jobs.derived import DERIVED
from core.jobs.derived.base import Derived, WorkControl

if TYPE_CHECKING:
    from core.lanes.lanes import Lanes
    from core.results.finished_run import FinishedRun


@DERIVED.register("expected")
@dataclass(frozen=True)
class DerivedExpected(Derived):
    """The expectation of every moment, kept with the lanes of the run; it does not depend on the score."""

    noun = "what was expected"
    crashed = "The process that asked the networks ended before they had answered. Open the page again."
    own_process = False

    def folder(self, run_id: str) -> str:
        """A folder for the request; the result lies with the run's lanes."""
        return f"runs/{run_id}/expected"

    def last_file(self, run_id: str) -> str:
        """Written when it is done."""
        return f"{self.folder(run_id)}/done.json"

    def compute(self, run: FinishedRun, control: WorkControl) -> None:
        """Ask the networks, a piece at a time."""
        from core.lanes.expecting import ask_networks

        ask_networks(run, control)
        run.space.artifacts.write_json(self.last_file(run.id), {})

    def read(self, run: FinishedRun) -> Lanes:
        """The lanes, with what was expected."""
        from core.lanes.lanes import open_lanes

        return open_lanes(run)
