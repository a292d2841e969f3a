"""All that a report may tell of a run, each thing read once, when a section asks for it. Imports no torch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from core.errors import AnomalensError, DataError, NotFittedError
from core.explain.family_store import are_stored, folder_of, read_families
from core.explain.names import names_of, read_names
from core.export.text import ReportText, read_text
from core.export.view import ReportView
from core.metrics.evaluation import auroc_sorted, average_precision_sorted
from core.metrics.grid import ScoreGrid
from core.metrics.groups import CLASSES, PARTS, ScoreGroups
from core.recipe import ScoreConfig
from core.results.rows import RunRows
from core.thresholds import THRESHOLDS, Evidence
from core.thresholds.bootstrap import Resamples
from core.thresholds.evidence import judged_parts, reference_part
from core.thresholds.lab import Outcome, at_threshold, evaluate, with_intervals
from core.thresholds.run import run_evidence
from core.thresholds.saving import SET_BY
from core.triage.current_verdicts import CurrentVerdicts
from core.triage.precision import Precision, precision

if TYPE_CHECKING:
    import pandas as pd

    from core.explain.family_store import Families
    from core.index.schema import Schema
    from core.index.table import Table
    from core.store.records import Dataset, Run
    from core.store.workspace import Workspace

UNITS = ("percentile", "value", "fpr")
"""The rules whose number can be typed in the explorer."""


@dataclass(frozen=True)
class ReportReason:
    """A feature that made a row's score."""

    feature: str
    actual: str
    expected: str
    actual_value: float
    expected_value: float
    contribution: float


class ReportContext:
    """A finished run as a report sees it.

    Parameters
    ----------
    space
        The workspace.
    run
        A finished run.
    view
        Which score, which threshold, which rows.
    text
        What was written for it; what is kept beside the run by default.
    groups
        The scores of that view, where they are at hand.

    Raises
    ------
    NotFittedError
        When the run has no scores.
    """

    def __init__(
        self,
        space: Workspace,
        run: Run,
        view: ReportView | None = None,
        text: ReportText | None = None,
        *,
        groups: ScoreGroups | None = None,
    ) -> None:
        if run.result is None or run.state not in ("done", "stopped"):
            raise NotFittedError(
                f"Run {run.id} is {run.state} and has no scores to report on. Choose a run that is done."
            )
        self.space, self.run, self.view = space, run, view or ReportView()
        # Whatever an address holds: the name as the settings write it is all that gets into a path.
        self.score = ScoreConfig.from_name(self.view.score).name if self.view.score else ""
        self.text = read_text(space.artifacts, run.id) if text is None else text
        self._groups = groups

    @cached_property
    def result(self) -> Mapping[str, Any]:
        """What the run came to, under the score that is shown."""
        if not self.score:
            return self.run.result or {}
        told: dict[str, Any] = self.space.artifacts.read_json(f"runs/{self.run.id}/scores/{self.score}/result.json")
        return told

    @cached_property
    def score_config(self) -> ScoreConfig:
        """The settings of the score that is shown."""
        return ScoreConfig.from_name(self.score) if self.score else self.run.recipe.score

    @cached_property
    def rows(self) -> RunRows:
        """The run's files."""
        return RunRows.open(self.space.artifacts, self.run.id, self.score)

    @cached_property
    def groups(self) -> ScoreGroups:
        """Every score, sorted apart."""
        return self._groups or self.rows.groups()

    @cached_property
    def judged(self) -> tuple[str, ...]:
        """The parts that the run is judged on; without labels every part where the view shows all rows."""
        if self._on_all:
            return PARTS
        return judged_parts(self.groups, str(self.result.get("judged")))

    @cached_property
    def reference(self) -> str:
        """The part whose percentiles a threshold is set by."""
        return reference_part(self.groups, self.run.recipe.threshold.reference)

    @property
    def labelled(self) -> bool:
        """Whether any row has a label."""
        return self.groups.labelled

    @cached_property
    def evidence(self) -> Evidence:
        """The scores as the threshold rules see them."""
        return run_evidence(self.space, self.run, self.score, self.groups)

    @cached_property
    def outcome(self) -> Outcome:
        """The threshold with what it does, what it promises and its bootstrap intervals.

        Raises
        ------
        DataError
            When the rule that was asked for comes to no threshold.
        """
        return self._counted_on_all(self._decided) if self._on_all else self._decided

    @property
    def _on_all(self) -> bool:
        # With labels a run is measured on rows that it never saw; without any nothing is measured.
        return self.view.rows == "all" and not self.labelled

    def _counted_on_all(self, outcome: Outcome) -> Outcome:
        assert outcome.threshold is not None
        grid = ScoreGrid.build(self.groups, [outcome.threshold])
        flagged, per_day = int(grid.flagged(outcome.threshold, PARTS).sum()), self.evidence.rows_per_day
        part = flagged / max(1, int(grid.rows(PARTS).sum()))
        held = (
            "What this rule promises holds for rows that the network did not learn from." if outcome.guarantee else ""
        )
        return replace(
            outcome,
            flagged=flagged,
            share=part,
            alerts_per_day=None if per_day is None else part * per_day,
            guarantee="",
            caution=" ".join(words for words in (outcome.caution, held) if words),
            intervals=None,
        )

    @cached_property
    def _decided(self) -> Outcome:
        """What the rule comes to on the rows that the run is judged on."""
        if not self.view.rule:
            return self._own
        found = evaluate(self.view.rule, self.view.settings, self.evidence)
        if found.threshold is None:
            raise DataError(found.problem)
        return with_intervals(found, Resamples(self.evidence))

    @property
    def threshold(self) -> float:
        """Rows that score above it are flagged."""
        assert self.outcome.threshold is not None
        return self.outcome.threshold

    @property
    def rule_words(self) -> str:
        """Which rule set the threshold, with its settings: "Conformal, false-discovery rate 0.05"."""
        if self.view.rule:
            return _rule_words(self.view.rule, self.outcome.settings)
        if told := self.result.get(SET_BY):
            return _rule_words(str(told["rule"]), told["settings"])
        config = self.run.recipe.threshold
        return f"{THRESHOLDS[config.rule].title} {config.value:g}" if config.rule in THRESHOLDS else config.rule

    @cached_property
    def _own(self) -> Outcome:
        """The threshold that the run was saved with, in the words of the rule that set it."""
        told = self.result.get(SET_BY)
        config = self.run.recipe.threshold
        rule = str(told["rule"]) if told else config.rule
        own = self.result.get("threshold")
        threshold = float(own) if own is not None else self.evidence.all_reference.quantile(0.95)
        plain = at_threshold(threshold, self.evidence, title=self.rule_words)
        if rule not in THRESHOLDS:
            return plain
        number = THRESHOLDS[rule].number()
        settings = dict(told["settings"]) if told else {number.name: config.value} if number else {}
        try:
            again = evaluate(rule, settings, self.evidence)
        except AnomalensError:
            return plain
        plain = replace(plain, rule=rule, title=again.title, settings=again.settings)
        # On another scale, such as score / (2 x threshold), the rule set another number: only what holds is told.
        if again.threshold is None or not np.isclose(again.threshold, threshold, rtol=1e-6):
            return plain
        promised = replace(plain, guarantee=again.guarantee, caution=again.caution)
        return with_intervals(promised, Resamples(self.evidence))

    @cached_property
    def grid(self) -> ScoreGrid:
        """The counts, exact at the threshold."""
        return ScoreGrid.build(self.groups, [self.threshold])

    @cached_property
    def areas(self) -> dict[str, float | None]:
        """AUROC and average precision of the judged rows."""
        normal, odd = (self.groups.scores(self.judged, (name,)) for name in ("normal", "anomaly"))
        return {"roc": auroc_sorted(normal, odd), "precision": average_precision_sorted(normal, odd)}

    @cached_property
    def dataset(self) -> Dataset | None:
        """The dataset; None where it was deleted."""
        try:
            return self.space.store.dataset(self.run.dataset_id)
        except AnomalensError:
            return None

    @cached_property
    def schema(self) -> Schema | None:
        """The columns as the run took them; None where they are not known any more."""
        from core.index.schema import Schema

        try:
            return Schema.from_dict(self.space.artifacts.read_json(f"runs/{self.run.id}/schema.json"))
        except AnomalensError:
            return Schema.from_dict(self.dataset.schema) if self.dataset else None

    @cached_property
    def table(self) -> Table | None:
        """The rows of the dataset; None where they are gone."""
        from core.index.table import Table

        try:
            return Table.open(self.dataset, self.space.artifacts) if self.dataset else None
        except AnomalensError:
            return None

    @cached_property
    def epochs(self) -> list[dict[str, Any]]:
        """How the training went, epoch by epoch."""
        return self.space.store.epochs(self.run.id)

    @cached_property
    def families(self) -> Families | None:
        """The flagged rows by why they are odd; None where they were not grouped at this threshold."""
        folder = folder_of(self.run.id, self.score, self.threshold, self.judged)
        if not are_stored(self.space.artifacts, folder):
            return None
        return read_families(self.space.artifacts, folder)

    @cached_property
    def family_names(self) -> dict[int, str]:
        """What people call the families, by number."""
        return names_of(self.families, read_names(self.space.artifacts, self.run.id)) if self.families else {}

    @cached_property
    def verdicts(self) -> CurrentVerdicts | None:
        """What people decided about the dataset's rows; None where the dataset is gone."""
        if self.table is None or self.dataset is None:
            return None
        return CurrentVerdicts.on(self.space.store.verdict_log(self.dataset.id), self.table)

    @cached_property
    def verdict_precision(self) -> Precision | None:
        """How many of the flagged rows are anomalies, as far as verdicts tell; None without any."""
        if self.verdicts is None or not self.verdicts.rows:
            return None
        scores = self.scores_of(list(self.verdicts.rows), self.judged)
        above = [one for row, one in self.verdicts.rows.items() if scores.get(row, -np.inf) > self.threshold]
        return precision(above, self.outcome.flagged or 0)

    def scores_of(self, rows: Sequence[int], parts: Sequence[str] = PARTS) -> dict[int, float]:
        """The scores of some rows, of those that are in some parts."""
        found = self.rows.some(rows)
        found = found[found["part"].isin(list(parts))]
        return dict(zip(found["row"].tolist(), found["score"].tolist(), strict=True))

    def part_rows(self, parts: Sequence[str] | None = None) -> dict[str, int]:
        """Rows of some parts, the judged ones by default, by class."""
        counts = self.grid.rows(tuple(parts) if parts is not None else self.judged)
        return dict(zip(CLASSES, (int(n) for n in counts), strict=True))

    def row_choices(self) -> list[str]:
        """The kinds of rows that the explorer can show, the judged ones first."""
        filled = [part for part in PARTS if self.grid.rows((part,)).any()]
        judged = ["test"] if self.judged == ("test",) else ["all"]
        return judged + [name for name in [*reversed(filled), "all"] if name not in judged]

    def axes(self) -> list[str]:
        """Which axes of the histogram are logarithmic, and whether classes are stacked."""
        if self.view.axes is not None:
            return sorted(self.view.axes)
        chosen = []
        edges = self.grid.log_edges
        bounded = self.score_config.normalise in ("probability", "rank")
        if edges.size and edges[-1] > 20 * edges[0] and not bounded:
            chosen.append("log-scores")
        rows = self.part_rows(PARTS)
        rare = rows["anomaly"] and rows["anomaly"] < 0.1 * rows["normal"]
        if rare or self._one_bin_hides_the_others("log-scores" in chosen):
            chosen.append("log-counts")
        return chosen

    def _one_bin_hides_the_others(self, log_scores: bool) -> bool:
        counts = self.grid.histogram(self.judged, log=log_scores).counts.max(axis=0)
        filled = counts[counts > 0]
        return bool(filled.size > 5 and filled.max() > 40 * np.median(filled))

    def top(self, limit: int) -> pd.DataFrame:
        """The judged rows with the highest scores: row, part, label, score."""
        return self.rows.ranked(self.judged, limit)

    def reasons(self, rows: Sequence[int], most: int = 3) -> dict[int, list[ReportReason]]:
        """The features that made the scores of some rows, the largest share first; rows without any are left out."""
        import pyarrow.parquet as pq

        folder = f"runs/{self.run.id}" + (f"/scores/{self.score}" if self.score else "")
        name = f"{folder}/explanations.parquet"
        if not len(rows) or not self.space.artifacts.exists(name):
            return {}
        path = self.space.artifacts.local(name)
        found = pq.read_table(path, filters=[("row", "in", [int(row) for row in rows])]).to_pandas()
        found = found.sort_values(["row", "contribution"], ascending=[True, False], kind="stable")
        told: dict[int, list[ReportReason]] = {}
        for row, part in found.groupby("row").head(most).groupby("row"):
            told[int(row)] = [
                ReportReason(
                    str(one.feature), str(one.actual), str(one.expected),
                    float(one.actual_value), float(one.expected_value), float(one.contribution),
                )
                for one in part.itertuples()
            ]  # fmt: skip
        return told


def _rule_words(rule: str, settings: Mapping[str, Any]) -> str:
    cls = dict(THRESHOLDS.items()).get(rule)
    if cls is None:
        return rule
    params = [p for p in cls.params() if p.name in settings and settings[p.name] not in ("", 0.0)]
    said = [(p.label[:1].lower() + p.label[1:], settings[p.name]) for p in params]
    if len(said) == 1:
        return f"{cls.title} {_plain(said[0][1])}"
    return ", ".join([cls.title, *(f"{label} {_plain(value)}" for label, value in said)])


def _plain(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
