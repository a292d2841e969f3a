"""The checks of a finished run: what can be wrong with its scores. Made once, kept beside it."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from core.compare import files
from core.jobs.derived import DERIVED
from core.jobs.derived.base import Derived, WorkControl

if TYPE_CHECKING:
    from core.checks import CheckInput
    from core.results.finished_run import FinishedRun

log = logging.getLogger(__name__)


@DERIVED.register("checks")
@dataclass(frozen=True)
class DerivedChecks(Derived):
    """The findings of every check."""

    noun = "the checks"
    crashed = "The worker ended before the run was checked, most likely for want of memory. Try again."
    own_process = False

    def folder(self, run_id: str) -> str:
        """The findings lie with those of the comparison."""
        return f"{files.folder(run_id)}/work/checks"

    def last_file(self, run_id: str) -> str:
        """The findings."""
        return files.checks_path(run_id)

    def compute(self, run: FinishedRun, control: WorkControl) -> None:
        """Open the run, and let every check look at it."""
        from core.checks import CheckInput
        from core.compare.comparison_data import ComparisonData

        _ = run.detector  # without networks no check can be made
        findings(run, CheckInput(ComparisonData.of(run)))

    def read(self, run: FinishedRun) -> list[dict[str, Any]]:
        """The findings, in the order of the checks."""
        found: list[dict[str, Any]] = run.space.artifacts.read_json(self.last_file(run.id))
        return found


def findings(run: FinishedRun, case: CheckInput) -> list[dict[str, Any]]:
    """The findings of every check of a run that is opened already, made now or found where they were kept."""
    from core.checks import CHECKS, Finding

    kept = files.read_checks(run)
    if kept is not None:
        return kept
    found = []
    for name, cls in sorted(CHECKS.items(), key=lambda item: item[1].order):
        try:
            finding = cls().check(case)
        except Exception as error:  # a check that fails says so, and the others go on
            log.info("The check %s of run %s failed.", name, run.id, exc_info=error)
            finding = Finding("skipped", f"It could not be made ({type(error).__name__}: {error}).")
        found.append(cls.describe(name, finding))
    run.space.store.run(run.id)  # whoever deleted it meanwhile wants nothing of it to stay
    files.write_checks(run, found)
    return found
