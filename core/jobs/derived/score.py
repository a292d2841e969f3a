"""Another score of a run: its networks score every row again, nothing is trained."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from core.jobs.derived import DERIVED
from core.jobs.derived.base import Derived, WorkControl

if TYPE_CHECKING:
    from core.results.finished_run import FinishedRun


@DERIVED.register("score")
@dataclass(frozen=True)
class DerivedScore(Derived):
    """What the run would have written under another score, beside its own."""

    name: str
    """:attr:`core.recipe.ScoreConfig.name`."""

    noun = "the score"
    crashed = (
        "The worker ended before the score was computed, most likely for want of memory. Try again, or choose another "
        "score."
    )
    own_process = False

    def folder(self, run_id: str) -> str:
        """The folder that the run's files have under this score."""
        return f"runs/{run_id}/scores/{self.name}"

    def last_file(self, run_id: str) -> str:
        """The result."""
        return f"{self.folder(run_id)}/result.json"

    def compute(self, run: FinishedRun, control: WorkControl) -> None:
        """Score every row anew."""
        from core.detector.rescore import rescore

        rescore(run.under(self.name), control)

    def read(self, run: FinishedRun) -> dict[str, Any]:
        """The result: threshold, flagged and every metric."""
        found: dict[str, Any] = run.space.artifacts.read_json(self.last_file(run.id))
        return found
