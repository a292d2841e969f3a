"""Isolation forest: how quickly random cuts set a row apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from core.baselines import BASELINES
from core.baselines.base import Baseline, Rows
from core.params import param


@BASELINES.register("isolation-forest")
class IsolationForestBaseline(Baseline):
    """Mean depth at which random trees isolate a row; shallow is anomalous (Liu, Ting and Zhou, 2008)."""

    title = "Isolation Forest"
    when = "Many rows and contaminated data: quick, and little disturbed by anomalies among the training rows."
    order = 1

    @dataclass(frozen=True)
    class Config:
        """How many trees, on how many rows each."""

        trees: int = param(100, "Random trees.", low=1, high=10_000)
        samples: int = param(256, "Rows that each tree sees, at most.", low=2, high=1_000_000)

    def _fitted(self, x: Rows) -> Any:
        from sklearn.ensemble import IsolationForest

        samples = min(self.config.samples, len(x))
        return IsolationForest(n_estimators=self.config.trees, max_samples=samples, random_state=self.seed).fit(x)
