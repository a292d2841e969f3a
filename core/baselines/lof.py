"""Local outlier factor: how much sparser it is around a row than around its neighbours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from core.baselines import BASELINES
from core.baselines.base import Baseline, Rows
from core.params import param


@BASELINES.register("lof")
class LocalOutlierFactorBaseline(Baseline):
    """Local density of a row's neighbours over its own (Breunig et al., 2000), for rows outside the training."""

    title = "Local Outlier Factor"
    when = "Normal rows in groups of different density: what is far for one group is near for another."
    order = 2
    most_rows = 10_000
    related_score = "local"

    @dataclass(frozen=True)
    class Config:
        """How many neighbours."""

        neighbours: int = param(20, "Nearest training rows that are looked at.", low=1, high=1000)

    def _fitted(self, x: Rows) -> Any:
        from sklearn.neighbors import LocalOutlierFactor

        return LocalOutlierFactor(n_neighbors=max(1, min(self.config.neighbours, len(x) - 1)), novelty=True).fit(x)
