"""What the sections of a report read of a run, each value computed once on first use. Imports no torch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from core.errors import AnomalensError, DataError
from core.explain.families.names import names_of, read_names, titles_of
from core.explain.families.stored import are_stored, folder_of, read_families
from core.explain.stored import stored_reasons
from core.export.text import ReportText, read_text
from core.export.view import ReportView
from core.metrics.evaluation import auroc_sorted, average_precision_sorted
from core.metrics.grid import ScoreGrid
from core.metrics.groups import CLASSES, PARTS
from core.modalities.nouns import Nouns
from core.modalities.recognise import modality_of
from core.results.run_evidence import run_evidence
from core.results.threshold_saving import SET_BY
from core.thresholds import THRESHOLDS, Evidence
from core.thresholds.bootstrap import Resamples
from core.thresholds.lab import Outcome, at_threshold, evaluate, with_intervals
from core.thresholds.texts import rule_words
from core.triage.current_verdicts import CurrentVerdicts
from core.triage.precision import Precision, precision

if TYPE_CHECKING:
    import pandas as pd

    from core.explain.explanation import FeatureReason
    from core.explain.families.stored import Families
    from core.modalities.contract import Renderer
    from core.results.finished_run import FinishedRun


class ReportContext:
    """A finished run as a report sees it: the run, and what a view makes of it.

    Parameters
    ----------
    run
        A finished run, under the score that the view shows.
    view
        Which threshold, which rows; the run's own by default.
    text
        What was written for it; what is kept beside the run by default.
    """

    def __init__(self, run: FinishedRun, view: ReportView | None = None, text: ReportText | None = None) -> None:
        self.run, self.space, self.view = run, run.space, view or ReportView()
        self.text = read_text(run) if text is None else text

    @cached_property
    def judged(self) -> tuple[str, ...]:
        """The parts that the run is judged on; every part where no row has a label."""
        return self.run.judged

    @cached_property
    def evidence(self) -> Evidence:
        """The scores as the threshold rules see them."""
        return run_evidence(self.run)

    @cached_property
    def outcome(self) -> Outcome:
        """The threshold with what it does, what it promises and its bootstrap intervals.

        Raises
        ------
        DataError
            When the rule that was asked for comes to no threshold.
        """
        found = self._decided
        return replace(found, guarantee=self.says(found.guarantee), caution=self.says(found.caution))

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
            return rule_words(self.view.rule, self.outcome.settings)
        if saved := self.run.result.get(SET_BY):
            return rule_words(str(saved["rule"]), saved["settings"])
        config = self.run.recipe.threshold
        return f"{THRESHOLDS[config.rule].title} {config.value:g}" if config.rule in THRESHOLDS else config.rule

    @cached_property
    def _own(self) -> Outcome:
        """The threshold that the run was saved with, in the words of the rule that set it."""
        saved = self.run.result.get(SET_BY)
        config = self.run.recipe.threshold
        rule = str(saved["rule"]) if saved else config.rule
        threshold = self.run.threshold
        plain = at_threshold(threshold, self.evidence, title=self.rule_words)
        if rule not in THRESHOLDS:
            return plain
        number = THRESHOLDS[rule].number()
        settings = dict(saved["settings"]) if saved else {number.name: config.value} if number else {}
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
        return ScoreGrid.build(self.run.groups, [self.threshold])

    @cached_property
    def areas(self) -> dict[str, float | None]:
        """AUROC and average precision of the judged rows."""
        normal, odd = (self.run.groups.scores(self.judged, (name,)) for name in ("normal", "anomaly"))
        return {"roc": auroc_sorted(normal, odd), "precision": average_precision_sorted(normal, odd)}

    @cached_property
    def epochs(self) -> list[dict[str, Any]]:
        """How the training went, epoch by epoch."""
        return self.space.store.epochs(self.run.id)

    @cached_property
    def families(self) -> Families | None:
        """The flagged rows by why they are odd; None where they were not grouped at this threshold."""
        folder = folder_of(self.run.id, self.run.score, self.threshold, self.judged)
        if not are_stored(self.space.artifacts, folder):
            return None
        return read_families(self.space.artifacts, folder)

    @cached_property
    def family_names(self) -> dict[int, str]:
        """What the families are called, by number: by people, else by their reason."""
        return titles_of(self.families, names_of(self.families, read_names(self.run))) if self.families else {}

    @cached_property
    def verdicts(self) -> CurrentVerdicts | None:
        """What people decided about the dataset's rows; None where the dataset is gone."""
        if not self.run.has_samples:
            return None
        return CurrentVerdicts.of_run(self.run)

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
        found = self.run.rows.some(rows)
        found = found[found["part"].isin(list(parts))]
        return dict(zip(found["row"].tolist(), found["score"].tolist(), strict=True))

    def part_rows(self, parts: Sequence[str] | None = None) -> dict[str, int]:
        """Rows of some parts, the judged ones by default, by class."""
        counts = self.grid.rows(tuple(parts) if parts is not None else self.judged)
        return dict(zip(CLASSES, (int(n) for n in counts), strict=True))

    def axes(self) -> list[str]:
        """Which axes of the histogram are logarithmic, and whether classes are stacked."""
        return list(self.run.axes) if self.view.axes is None else sorted(self.view.axes)

    @cached_property
    def says(self) -> Nouns:
        """What the samples of the run's kind of data are called."""
        return self.run.nouns

    @cached_property
    def renderer(self) -> Renderer:
        """Draws samples of the run's kind of data."""
        return modality_of(self.run.recipe.modality).renderer()

    def top(self, limit: int) -> pd.DataFrame:
        """The judged rows with the highest scores: row, part, label, score."""
        return self.run.rows.ranked(self.judged, limit)

    def reasons(self, rows: Sequence[int], most: int = 3) -> dict[int, tuple[FeatureReason, ...]]:
        """The parts that made the scores of some rows, the largest share first; rows without any are left out."""
        found = self.run.rows.explanations(rows, most)
        return {int(row): stored_reasons(part) for row, part in found.groupby("row")}
