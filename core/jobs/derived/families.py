"""The families of a run's flagged rows: rows that are odd for the same reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.explain.families.stored import FILE, compute_families, folder_of, read_families, write_families
from core.jobs.derived import DERIVED
from core.jobs.derived.base import Derived, WorkControl

if TYPE_CHECKING:
    from core.explain.families.stored import Families
    from core.results.finished_run import FinishedRun


@DERIVED.register("families")
@dataclass(frozen=True)
class DerivedFamilies(Derived):
    """The rows above a threshold, grouped by why they are odd. Clustering cannot be stopped half-way."""

    score_name: str
    """The name of another score; empty for the run's own."""
    threshold: float
    parts: tuple[str, ...]

    noun = "the families"
    crashed = (
        "The process that computed them ended before the rows were grouped, most likely for want of memory. Try again, "
        "or raise the threshold."
    )

    @property
    def score(self) -> str:
        """The score that the rows are flagged by."""
        return self.score_name

    def folder(self, run_id: str) -> str:
        """Each threshold and choice of parts has its own."""
        return folder_of(run_id, self.score, self.threshold, self.parts)

    def last_file(self, run_id: str) -> str:
        """What the families are; the rows lie beside it."""
        return f"{self.folder(run_id)}/{FILE}"

    def compute(self, run: FinishedRun, control: WorkControl) -> None:
        """Explain the flagged rows one by one, and group them."""
        from core.jobs.row_questions import open_explainer

        explainer = open_explainer(run)
        found = compute_families(
            explainer, explainer.scored, self.threshold, self.parts, seed=explainer.seed, control=control
        )
        write_families(run.space.artifacts, self.folder(run.id), found)

    def read(self, run: FinishedRun) -> Families:
        """The families."""
        return read_families(run.space.artifacts, self.folder(run.id))
