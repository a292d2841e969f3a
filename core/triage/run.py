"""The verdicts on a finished run's dataset and their summary, for the command line."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from core.metrics.groups import PARTS
from core.triage.current_verdicts import CurrentVerdicts
from core.triage.summary import Summary, summarise
from core.triage.triage_rows import TriageRows

if TYPE_CHECKING:
    from core.results.finished_run import FinishedRun


class Triage:
    """What a triage of a finished run needs, under the score and the threshold of the run."""

    def __init__(self, run: FinishedRun) -> None:
        self.run = run

    @cached_property
    def triage_rows(self) -> TriageRows:
        """The rows that the ranking is learnt of."""
        return TriageRows.of(self.run, self.run.threshold)

    def current_verdicts(self) -> CurrentVerdicts:
        """What the log of the dataset comes to now."""
        return CurrentVerdicts.of_run(self.run)

    def summary(self, current_verdicts: CurrentVerdicts) -> Summary:
        """How far people are and what it comes to."""
        run, triage_rows = self.run, self.triage_rows
        above = run.groups.above(run.threshold)[:, :, 0]
        flagged = int(sum(above[PARTS.index(part)].sum() for part in run.judged))
        return summarise(
            current_verdicts, triage_rows, triage_rows.ranking(run.threshold), run.threshold, run.judged, flagged
        )
