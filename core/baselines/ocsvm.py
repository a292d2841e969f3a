"""One-class SVM: which side of a smooth border around the training rows a row is on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from core.baselines import BASELINES
from core.baselines.base import Baseline, Rows
from core.params import param


@BASELINES.register("ocsvm")
class OneClassSupportVectors(Baseline):
    """Signed distance to the border of a one-class support vector machine, RBF kernel (Schölkopf et al., 2001)."""

    title = "One-Class SVM"
    when = "Small, clean data with one smooth region of normal rows; slow beyond some 10,000 rows."
    order = 3
    most_rows = 5_000

    @dataclass(frozen=True)
    class Config:
        """How tight the border is."""

        nu: float = param(0.5, "Share of the training rows that may lie outside, at most.", low=0.001, high=1.0)

    def _fitted(self, x: Rows) -> Any:
        from sklearn.svm import OneClassSVM

        return OneClassSVM(kernel="rbf", gamma="scale", nu=self.config.nu).fit(x)
