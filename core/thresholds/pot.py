"""The threshold by peaks over threshold: a generalised Pareto tail fitted to the highest scores."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.errors import ConfigError, DataError
from core.params import param
from core.thresholds import THRESHOLDS
from core.thresholds.base import RuleTexts, ThresholdRule
from core.thresholds.evidence import Evidence

LEAST = 10
"""Scores above the initial threshold that a tail is fitted to."""


@THRESHOLDS.register("pot")
class PeaksOverThreshold(ThresholdRule):
    """A generalised Pareto tail above a high quantile u: t = u + sigma/gamma ((q n / N_u)^-gamma - 1).

    The rule of Siffer et al. (2017, SPOT) by Pickands' theorem (1975); shape gamma and scale sigma are fitted by
    Zhang and Stephens' quasi-Bayesian likelihood (2009), which needs no search and has no starting point.
    """

    title = "Peaks over threshold"
    when = "When alarms must be rarer than the reference rows can show by counting: a fitted tail goes beyond them."
    formula = (
        r"t = u + \frac{\sigma}{\gamma}\left[\left(\frac{q\,n}{N_u}\right)^{-\gamma} - 1\right], "
        r"\quad s - u \mid s > u \sim \mathrm{GPD}(\gamma, \sigma)"
    )
    order = 40

    @dataclass(frozen=True)
    class Config:
        """How rare an alarm is, and where the tail begins."""

        risk: float = param(
            1e-3,
            "The share of ordinary rows q that may score higher, such as one in a thousand.",
            low=1e-9,
            high=1.0,
        )
        quantile: float = param(
            0.9,
            "Where the tail begins: the share of the reference rows below the initial threshold u.",
            low=0.5,
            high=0.999,
            label="Initial quantile",
        )

    def threshold(self, evidence: Evidence) -> float:
        """From all reference rows; those of infinite score count as being in the tail, and do not shape it."""
        reference, risk, quantile = evidence.all_reference, self.config.risk, self.config.quantile
        if not reference.size:
            raise DataError("A tail needs the scores of reference rows. Got none. Set a value instead.")
        start = reference.quantile(quantile)
        above = int(reference.above(start))
        if risk >= 1 - quantile:
            raise ConfigError(
                f"The risk must be smaller than 1 - initial quantile, {1 - quantile:g}, because the tail begins there. "
                f"Got {risk:g}. Lower one of them."
            )
        values, counts = reference.exceeding(start)
        finite = np.isfinite(values)
        if int(counts[finite].sum()) < LEAST:
            raise DataError(
                f"A tail needs at least {LEAST} scores above the initial quantile. Got {int(counts[finite].sum())} of "
                f"{reference.size:,} reference rows. Lower the initial quantile."
            )
        shape, scale = pareto_fit(values[finite] - start, counts[finite])
        share = risk * reference.size / above
        reach = -math.log(share) if abs(shape) < 1e-9 else math.expm1(-shape * math.log(share)) / shape
        return start + scale * reach

    def words(self, evidence: Evidence, threshold: float) -> RuleTexts:
        """The risk, and whether it was followed beyond the data."""
        rows = evidence.all_reference.size
        beyond = f", further out than {rows:,} rows show by counting" if self.config.risk * rows < 1 else ""
        return RuleTexts(f"About {self.config.risk:g} of ordinary rows score higher, by the fitted tail{beyond}.")


def pareto_fit(excesses: NDArray[np.float64], counts: NDArray[np.int64]) -> tuple[float, float]:
    """Shape gamma and scale sigma of a generalised Pareto distribution (Zhang and Stephens, 2009).

    Parameters
    ----------
    excesses
        Above zero, ascending.
    counts
        How often each occurs.
    """
    n = int(counts.sum())
    highest = float(excesses[-1])
    quartile = float(excesses[int(np.searchsorted(np.cumsum(counts), n / 4 + 0.5))])
    # theta = -gamma / sigma, on a grid that follows the data.
    grid = 20 + int(math.sqrt(min(n, 10_000)))
    theta = 1 / highest + (1 - np.sqrt(grid / (np.arange(1, grid + 1) - 0.5))) / (3 * quartile)
    k = -(np.log1p(-theta[:, None] * excesses) @ counts) / n
    fit = n * (np.log(theta / k) + k - 1)
    weight = np.exp(fit - fit.max())
    best = float((theta * weight).sum() / weight.sum())
    shape = float(np.log1p(-best * excesses) @ counts) / n
    return shape, -shape / best
