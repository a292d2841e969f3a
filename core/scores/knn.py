"""The score knn: the mean distance from a row to the nearest reconstructions of training rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.scores import SCORES
from core.scores._nearest import smallest, spread_evenly
from core.scores.base import Score

if TYPE_CHECKING:
    from torch import Tensor

    from core.scoring.forward_pass import ForwardPass

NEIGHBOURS = 5
REFERENCE = 4_096
"""Training rows whose reconstructions are kept."""
_BLOCK = 512
"""Rows whose distances to all of them are held at a time."""


@SCORES.register("knn")
class NearestReconstructions(Score):
    """Mean distance from a row x to the five nearest reconstructions of training rows.

    The distance is Euclidean over the encoded columns; at most 4,096 training rows are kept (kNN: Ramaswamy et al.,
    2000; on what an autoencoder rebuilds, whose noise it has removed). A column's share is its part of the squared
    distances.
    """

    title = "Nearest reconstructions"
    when = "When the normal rows form several groups: a row between them is far from all, however well it is rebuilt."
    because = "Each column's share is its part of the squared distance to the nearest normal rows."
    order = 31
    fits = True
    not_along = ("token",)  # the numbers of tokens have no distances

    def fit(self, rows: ForwardPass) -> None:
        """Keep reconstructions of rows that are spread evenly over those given."""
        kept = rows.x_hat[rows.x_hat.isfinite().all(dim=1)]
        self.state = {"reference": spread_evenly(kept, REFERENCE).cpu()}

    def of(self, rows: ForwardPass) -> Tensor:
        """The mean distances."""
        return self._gaps(rows).square().sum(dim=2).sqrt().mean(dim=1)

    def shares(self, rows: ForwardPass) -> Tensor:
        """The columns' parts of the squared distances."""
        return self._gaps(rows).square().mean(dim=1)

    def _gaps(self, rows: ForwardPass) -> Tensor:
        """The row minus each of its neighbours, shape (n, neighbours, positions)."""
        import torch

        x, reference = rows.x, self.on(rows.x)["reference"]
        if not len(reference):
            return x[:, None]
        half = reference.square().sum(dim=1) / 2
        blocks = []
        for start in range(0, len(x), _BLOCK):
            block = x[start : start + _BLOCK]
            # |x - r|² / 2 without |x|², which is the same for all; who is near is exact enough, the gaps are exact.
            apart = torch.addmm(half, block, reference.T, alpha=-1)
            places = smallest(apart, min(NEIGHBOURS, len(reference)))
            blocks.append(block[:, None] - reference[places])
        return torch.cat(blocks)
