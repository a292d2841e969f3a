"""PCA: what a few principal components leave unexplained; a linear autoencoder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from core.baselines import BASELINES
from core.baselines.base import Baseline, Rows
from core.params import param


@BASELINES.register("pca")
class PrincipalComponentsBaseline(Baseline):
    """Mean squared error of the reconstruction from the first principal components (Shyu et al., 2003)."""

    title = "Principal components"
    when = "Columns that depend on each other in straight lines; in no time at all."
    order = 4

    @dataclass(frozen=True)
    class Config:
        """How many components."""

        variance: float = param(0.9, "Share of the variance that the components explain.", low=0.01, high=0.9999)

    def _fitted(self, x: Rows) -> Any:
        from sklearn.decomposition import PCA

        return PCA(n_components=self.config.variance, svd_solver="full").fit(x)

    def _scored(self, x: Rows) -> Any:
        pca = self.estimator_
        return ((x - pca.inverse_transform(pca.transform(x))) ** 2).mean(axis=1)
