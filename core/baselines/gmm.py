"""Gaussian mixture: how unlikely a row is under a few normal distributions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from core.baselines import BASELINES
from core.baselines.base import Baseline, Rows
from core.params import param


@BASELINES.register("gmm")
class GaussianMixtureBaseline(Baseline):
    """Negative log-likelihood under a mixture of normal distributions with full covariances."""

    title = "Gaussian mixture"
    when = "Normal rows in a few rounded groups, and many more rows than columns."
    order = 5
    most_rows = 50_000
    related_score = "mixture"

    @dataclass(frozen=True)
    class Config:
        """How many groups, and how round."""

        components: int = param(4, "Normal distributions, at most one per ten training rows.", low=1, high=100)
        floor: float = param(
            1e-3,
            "Added to every variance, so that a column that never varied in the training does not decide alone.",
            low=1e-9,
            high=10.0,
            label="Least variance",
        )

    @classmethod
    def rows_for(cls, width: int) -> int:
        """Fewer where there are many columns: the time follows their square."""
        return min(cls.most_rows, max(2000, 1_000_000_000 // max(1, width) ** 2))

    def _fitted(self, x: Rows) -> Any:
        from sklearn.mixture import GaussianMixture

        components = max(1, min(self.config.components, len(x) // 10))
        return GaussianMixture(components, reg_covar=self.config.floor, random_state=self.seed).fit(x.astype("float64"))

    def _scored(self, x: Rows) -> Any:
        return -self.estimator_.score_samples(x.astype("float64"))
