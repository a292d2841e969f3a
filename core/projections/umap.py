"""The UMAP projection: neighbours stay neighbours, and groups of rows separate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from core.params import param
from core.projections import PROJECTIONS
from core.projections.base import Codes, Projection


@PROJECTIONS.register("umap")
class Umap(Projection):
    """Uniform manifold approximation and projection (McInnes, Healy and Melville, 2018)."""

    title = "UMAP"
    when = "Groups and how they hang together; new rows find their place. Distances between groups say little."
    order = 1

    @dataclass(frozen=True)
    class Config(Projection.Config):
        """How local the map is, and how tightly it packs."""

        neighbours: int = param(
            15,
            "Nearest rows that each row should stay close to. Few show small groups, many the overall shape.",
            low=2,
            high=200,
        )
        min_dist: float = param(
            0.1,
            "How close rows may lie on the map. Small values pack groups tightly, large ones spread them.",
            low=0.0,
            high=0.99,
            label="Minimum distance",
        )
        metric: str = param(
            "euclidean", "How far two codes are from each other.", choices=("euclidean", "cosine", "manhattan")
        )

    def _fitted(self, z: Codes) -> Any:
        from umap import UMAP

        config = self.config
        self.map_ = UMAP(
            n_components=self.dimensions,
            n_neighbors=min(config.neighbours, len(z) - 1),
            min_dist=config.min_dist,
            metric=config.metric,
            init="pca",
            random_state=self.seed % 2**31,
            n_jobs=1,
        )
        return self.map_.fit_transform(z)

    def _placed(self, z: Codes) -> Any:
        return self.map_.transform(z)
