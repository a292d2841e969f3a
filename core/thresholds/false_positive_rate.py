"""The threshold as a budget of false alarms."""

from dataclasses import dataclass

from core.errors import DataError
from core.params import param
from core.thresholds import THRESHOLDS
from core.thresholds._counting import allowed_rows, ties
from core.thresholds._few_rows import few_words
from core.thresholds.base import RuleTexts, ThresholdRule
from core.thresholds.evidence import Evidence


@THRESHOLDS.register("fpr")
class FalsePositiveRate(ThresholdRule):
    """The lowest threshold that flags at most this share of the normal rows."""

    title = "False-positive rate"
    when = "When every false alarm costs somebody's time: a share of the normal rows may be flagged, no more."
    formula = r"t = \min\{s : \Pr(\text{score} > s \mid \text{normal}) \leq \text{rate}\}"
    order = 30

    @dataclass(frozen=True)
    class Config:
        """The budget."""

        rate: float = param(
            0.01,
            "The share of normal rows that may be flagged by mistake, between 0 and 1.",
            low=0.0,
            high=1.0,
            label="False-positive rate",
        )

    def threshold(self, evidence: Evidence) -> float:
        """A score of one of the normal rows: the highest of those that must not be flagged."""
        normal = evidence.normal
        if not normal.size:
            raise DataError(
                "A false-positive rate is a share of normal rows, and none of the reference rows is normal. "
                "Set a percentile or a value instead."
            )
        return normal.leaving(allowed_rows(self.config.rate, normal.size))

    def few_rows(self, evidence: Evidence, threshold: float) -> str:
        """Of the normal rows."""
        what = "judged normal rows" if evidence.judged_normal.size else evidence.reference_words
        return few_words(evidence.normal, threshold, float(self.config.rate), what)

    def words(self, evidence: Evidence, threshold: float) -> RuleTexts:
        """Whether equal scores keep the budget from being used up, and of which rows it is a share."""
        normal = evidence.normal
        cautions = [ties(normal, threshold, allowed_rows(self.config.rate, normal.size))]
        if not evidence.judged_normal.size:
            among = "are labelled normal" if evidence.reference_labelled else "say what is usual, as none has a label"
            rows = f"{normal.size:,} reference rows that {among}"
            cautions.append(f"No judged row is labelled normal: the rate is that of the {rows}.")
        cautions.append(self.few_rows(evidence, threshold))
        return RuleTexts(caution=" ".join(filter(None, cautions)))
