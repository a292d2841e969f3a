"""The threshold as a percentile of the reference rows' scores."""

from dataclasses import dataclass

from core.errors import DataError
from core.params import param
from core.thresholds import THRESHOLDS
from core.thresholds._few_rows import few_words
from core.thresholds.base import RuleTexts, ThresholdRule
from core.thresholds.evidence import Evidence


@THRESHOLDS.register("percentile")
class Percentile(ThresholdRule):
    """The score below which so many percent of the reference rows lie (linear between two rows)."""

    title = "Percentile"
    when = "The usual one: a fixed share of ordinary rows may be flagged, whatever the rows to come are."
    formula = r"t = Q_{p/100}(\text{reference})"
    order = 10

    @dataclass(frozen=True)
    class Config:
        """The percentile."""

        percentile: float = param(
            95.0, "The score that so many percent of the reference rows stay below.", low=0.0, high=100.0
        )

    def threshold(self, evidence: Evidence) -> float:
        """The percentile of all reference rows, whatever their labels."""
        if not evidence.all_reference.size:
            raise DataError(
                "A percentile needs the scores of at least one reference row. Got none. Set a value instead."
            )
        return evidence.all_reference.quantile(self.config.percentile / 100)

    def few_rows(self, evidence: Evidence, threshold: float) -> str:
        """Of all reference rows."""
        asked = 1 - float(self.config.percentile) / 100
        return few_words(evidence.all_reference, threshold, asked, evidence.reference_words)

    def words(self, evidence: Evidence, threshold: float) -> RuleTexts:
        """How sure it is where few rows set it."""
        return RuleTexts(caution=self.few_rows(evidence, threshold))
