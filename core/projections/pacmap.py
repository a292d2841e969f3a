"""The PaCMAP projection: keeps groups and their relative places, and is quick."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

from core.params import param
from core.projections import PROJECTIONS
from core.projections.base import Codes, Projection


@PROJECTIONS.register("pacmap")
class Pacmap(Projection):
    """Pairwise controlled manifold approximation (Wang, Huang, Rudin and Shaposhnik, 2021)."""

    title = "PaCMAP"
    when = "The quickest of the three that learn: groups come apart and keep their places to each other."
    order = 3

    @dataclass(frozen=True)
    class Config(Projection.Config):
        """How many pairs of each kind hold the map together and apart."""

        neighbours: int = param(
            10,
            "Nearest rows that each row should stay close to. Few show small groups, many the overall shape.",
            low=2,
            high=200,
        )
        mid_near: float = param(
            0.5,
            "Pairs of rows at a middle distance, for each neighbour: they hold the overall shape together.",
            low=0.0,
            high=5.0,
            label="Mid-near pairs",
        )
        further: float = param(
            2.0,
            "Pairs of far rows, for each neighbour: they keep groups apart.",
            low=0.5,
            high=10.0,
            label="Further pairs",
        )

    def _fitted(self, z: Codes) -> Any:
        # It warns of every seed that it is given.
        logging.getLogger("pacmap").setLevel(logging.ERROR)
        import faiss
        from pacmap import PaCMAP

        # With several threads its index is built in another order each time.
        faiss.omp_set_num_threads(1)
        config = self.config
        self.map_ = PaCMAP(
            n_components=self.dimensions,
            n_neighbors=max(1, min(config.neighbours, (len(z) - 1) // 4)),
            MN_ratio=config.mid_near,
            FP_ratio=config.further,
            save_tree=True,
            random_state=self.seed % 2**31,
        )
        self.basis_ = z
        return self.map_.fit_transform(z.copy())

    def _placed(self, z: Codes) -> Any:
        return self.map_.transform(z.copy(), basis=self.basis_)
