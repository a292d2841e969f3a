"""A finished run with the verdicts on its dataset, opened together: what the command line works on."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from core.errors import NotFittedError
from core.index.schema import Schema
from core.index.table import Table
from core.metrics.groups import PARTS
from core.results.rows import RunRows
from core.triage.current_verdicts import CurrentVerdicts
from core.triage.summary import Summary, summarise
from core.triage.triage_rows import TriageRows

if TYPE_CHECKING:
    from core.store.records import Run
    from core.store.workspace import Workspace


@dataclass(frozen=True)
class Triage:
    """What a triage of a run needs."""

    run: Run
    table: Table
    schema: Schema
    rows: RunRows
    threshold: float
    parts: tuple[str, ...]
    """The parts that the run is judged on."""
    workspace: Workspace

    @classmethod
    def open(cls, workspace: Workspace, run: Run) -> Triage:
        """The triage of a run under its own score and threshold.

        Raises
        ------
        NotFittedError
            When the run has no scores.
        """
        if run.result is None:
            raise NotFittedError(f"Run {run.id} is {run.state} and has no scores. Choose a run that is done.")
        dataset = workspace.store.dataset(run.dataset_id)
        return cls(
            run,
            Table.open(dataset, workspace.artifacts),
            Schema.from_dict(dataset.schema),
            RunRows.open(workspace.artifacts, run.id),
            float(run.result["threshold"]),
            ("test",) if run.result.get("judged") == "test" else PARTS,
            workspace,
        )

    @cached_property
    def triage_rows(self) -> TriageRows:
        """The rows that the ranking is learnt of."""
        return TriageRows.open(self.rows, self.table, self.schema, self.threshold)

    def standing(self) -> CurrentVerdicts:
        """What the log of the dataset comes to now."""
        return CurrentVerdicts.on(self.workspace.store.verdict_log(self.run.dataset_id), self.table)

    def summary(self, standing: CurrentVerdicts) -> Summary:
        """How far people are and what it comes to."""
        groups = self.rows.groups()
        flagged = int(sum(groups.above(self.threshold)[PARTS.index(part), :, 0].sum() for part in self.parts))
        triage_rows = self.triage_rows
        return summarise(standing, triage_rows, triage_rows.scene(self.threshold), self.threshold, self.parts, flagged)
