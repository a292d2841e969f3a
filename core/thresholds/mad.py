"""The threshold k robust standard deviations (MAD) above the median."""

from dataclasses import dataclass

from core.errors import DataError
from core.params import param
from core.thresholds import THRESHOLDS
from core.thresholds.base import ThresholdRule
from core.thresholds.evidence import Evidence

NORMAL = 1.4826
"""The standard deviation of a normal distribution by its median absolute deviation."""


@THRESHOLDS.register("mad")
class MedianAbsoluteDeviation(ThresholdRule):
    """Median plus k robust standard deviations: t = m + k 1.4826 median|s - m| (Iglewicz and Hoaglin, 1993).

    It holds while fewer than half of the reference rows are odd.
    """

    title = "MAD"
    when = "When the reference rows hold anomalies themselves: it holds while fewer than half of them are odd."
    formula = r"t = m + k \cdot 1.4826 \cdot \mathrm{median}\,|s - m|, \quad m = \mathrm{median}(s)"
    order = 50

    @dataclass(frozen=True)
    class Config:
        """How far above the median."""

        k: float = param(
            3.5, "Robust standard deviations above the median; 3.5 is usual.", low=0.0, high=1000.0, label="k"
        )

    def threshold(self, evidence: Evidence) -> float:
        """From all reference rows."""
        reference = evidence.all_reference
        if not reference.size:
            raise DataError("The median needs the scores of at least one reference row. Got none. Set a value instead.")
        centre = reference.quantile(0.5)
        spread = reference.apart(centre).quantile(0.5)
        if not spread > 0:
            raise DataError(
                "More than half of the reference rows have the same score, so their median absolute deviation is 0 "
                "and says nothing. Choose a percentile instead."
            )
        return centre + float(self.config.k) * NORMAL * spread
