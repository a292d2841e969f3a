"""The t-SNE projection: each row beside its nearest neighbours, however far apart groups lie."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from core.params import param
from core.projections import PROJECTIONS
from core.projections.base import Codes, Projection


@PROJECTIONS.register("tsne")
class TSNE(Projection):
    """t-distributed stochastic neighbour embedding (van der Maaten and Hinton, 2008), by openTSNE."""

    title = "t-SNE"
    when = "Small groups and single rows beside a crowd. Sizes of groups and distances between them say nothing."
    order = 2

    @dataclass(frozen=True)
    class Config(Projection.Config):
        """How many neighbours count, and how strongly groups are pulled together at first."""

        perplexity: float = param(
            30.0,
            "About how many nearest rows each row should stay close to. Few show small groups, many the overall shape.",
            low=2.0,
            high=200.0,
        )
        early_exaggeration: float = param(
            12.0,
            "How strongly near rows attract each other at first; more makes tighter groups.",
            low=1.0,
            high=50.0,
            advanced=True,
        )
        iterations: int = param(
            500, "Steps after the first phase. More let large maps settle.", low=50, high=5000, advanced=True
        )

    def _fitted(self, z: Codes) -> Any:
        import openTSNE

        config = self.config
        self.map_ = openTSNE.TSNE(
            n_components=self.dimensions,
            # Three times as many neighbours are looked for.
            perplexity=min(config.perplexity, (len(z) - 1) / 3),
            early_exaggeration=config.early_exaggeration,
            n_iter=config.iterations,
            # The quick method for the repulsion knows no third dimension.
            negative_gradient_method="auto" if self.dimensions == 2 else "bh",
            random_state=self.seed % 2**31,
            n_jobs=1,
        ).fit(z)
        return self.map_

    def _placed(self, z: Codes) -> Any:
        return self.map_.transform(z, perplexity=min(5, (len(self.map_) - 1) / 3))
