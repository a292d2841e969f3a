"""Gaussian mixture: how unlikely a row is under a few normal distributions."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from core.baselines import BASELINES
from core.baselines.base import Baseline, Rows
from core.params import param

if TYPE_CHECKING:
    from sklearn.mixture import GaussianMixture


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
        if x.shape[1] > len(x):
            return _Spanned(self._mixture(len(x)), x.astype("float64"))
        return self._mixture(len(x)).fit(x.astype("float64"))

    def _mixture(self, rows: int) -> GaussianMixture:
        from sklearn.mixture import GaussianMixture

        components = max(1, min(self.config.components, rows // 10))
        return GaussianMixture(components, reg_covar=self.config.floor, random_state=self.seed)

    def _scored(self, x: Rows) -> Any:
        return -self.estimator_.score_samples(x.astype("float64"))


class _Spanned:
    """A mixture of fewer rows than columns, fitted within the space that the rows span: minutes less for thousands.

    Nothing is lost: across that space every distribution has the least variance alone, whichever row it is.
    """

    def __init__(self, mixture: GaussianMixture, x: NDArray[np.float64]) -> None:
        self._centre = x.mean(axis=0)
        self._axes = np.linalg.svd(x - self._centre, full_matrices=False)[2].T
        self._mixture = mixture.fit((x - self._centre) @ self._axes)

    def score_samples(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """The logarithm of each row's likelihood, as the mixture of all columns has it."""
        apart = x - self._centre
        within = apart @ self._axes
        rest = np.square(apart - within @ self._axes.T).sum(axis=1)
        least, more = self._mixture.reg_covar, x.shape[1] - within.shape[1]
        outside = -0.5 * (rest / least + more * math.log(2 * math.pi * least))
        likelihood: NDArray[np.float64] = self._mixture.score_samples(within) + outside
        return likelihood
