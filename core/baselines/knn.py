"""k nearest neighbours: distance to the nearest training rows; the baseline that is hardest to beat."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from core.baselines import BASELINES
from core.baselines.base import Baseline, Rows
from core.params import param


@BASELINES.register("knn")
class NearestNeighbours(Baseline):
    """Distance from a row to its k-th nearest training row, or the mean over the k nearest (Ramaswamy et al., 2000)."""

    title = "k-nearest neighbours"
    when = "The one to beat: few columns, up to some 10,000 rows, and normal rows that resemble each other."
    order = 0
    most_rows = 20_000
    related_score = "knn"

    @dataclass(frozen=True)
    class Config:
        """How many neighbours, and what of their distances."""

        neighbours: int = param(5, "Nearest training rows that are looked at.", low=1, high=1000)
        distance: str = param(
            "largest",
            "largest: the distance to the farthest of them; mean: to all of them.",
            choices=("largest", "mean"),
        )

    def _fitted(self, x: Rows) -> Any:
        from sklearn.neighbors import NearestNeighbors

        return NearestNeighbors(n_neighbors=min(self.config.neighbours, len(x))).fit(x)

    def _scored(self, x: Rows) -> Any:
        distances, _ = self.estimator_.kneighbors(x)
        return distances[:, -1] if self.config.distance == "largest" else distances.mean(axis=1)
