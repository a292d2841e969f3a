"""The threshold as a number that the user enters."""

from dataclasses import dataclass

from core.params import param
from core.thresholds import THRESHOLDS
from core.thresholds.base import ThresholdRule
from core.thresholds.evidence import Evidence


@THRESHOLDS.register("value")
class Value(ThresholdRule):
    """A score, taken as it is."""

    title = "Value"
    when = "When the threshold is known, from an earlier run on the same scale or from a rule of the house."
    formula = r"t = \text{value}"
    order = 20

    @dataclass(frozen=True)
    class Config:
        """The score."""

        value: float = param(0.5, "A score: rows above it are flagged.")

    def threshold(self, evidence: Evidence) -> float:
        """The value itself; no rows are needed."""
        return float(self.config.value)
