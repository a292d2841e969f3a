"""The threshold by the interquartile range, as a box plot draws its whisker."""

from dataclasses import dataclass

from core.errors import DataError
from core.params import param
from core.thresholds import THRESHOLDS
from core.thresholds.base import ThresholdRule
from core.thresholds.evidence import Evidence


@THRESHOLDS.register("iqr")
class InterquartileRange(ThresholdRule):
    """Upper fence of a box plot: t = Q3 + k (Q3 - Q1) (Tukey, 1977)."""

    title = "IQR"
    when = "The fence of a box plot, which everybody knows; skewed scores want a larger k than 1.5."
    formula = r"t = Q_3 + k\,(Q_3 - Q_1)"
    order = 60

    @dataclass(frozen=True)
    class Config:
        """How far above the upper quartile."""

        k: float = param(
            1.5,
            "Interquartile ranges above the upper quartile; 1.5 is an outlier to Tukey, 3 is far out.",
            low=0.0,
            high=1000.0,
            label="k",
        )

    def threshold(self, evidence: Evidence) -> float:
        """From all reference rows."""
        reference = evidence.all_reference
        if not reference.size:
            raise DataError("Quartiles need the scores of at least one reference row. Got none. Set a value instead.")
        lower, upper = reference.quantile(0.25), reference.quantile(0.75)
        if upper == lower:
            raise DataError(
                "At least half of the reference rows have the same score, so their interquartile range is 0 and says "
                "nothing. Choose a percentile instead."
            )
        return upper + float(self.config.k) * (upper - lower)
