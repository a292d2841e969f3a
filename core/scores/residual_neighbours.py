"""How unusual what is missing to a row is: the distance of its residual to those of training rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.scores import SCORES
from core.scores._nearest import smallest, spread_evenly
from core.scores.base import Score

if TYPE_CHECKING:
    from torch import Tensor

    from core.scoring.forward_pass import ForwardPass

NEIGHBOURS = 5
REFERENCE = 1_500
"""Training rows whose residuals are kept."""
_BLOCK = 1_024
"""Rows whose distances to all of them are held at a time."""


@SCORES.register("residual_neighbours")
class ResidualNeighbours(Score):
    """Mean distance of the residual x - x_hat to the five nearest residuals of training rows.

    What a network usually gets wrong, such as the sharp edges of a signal, is near to what it got wrong while training,
    however large; an error of another shape is far from all. At most 1,500 residuals are kept. A position's share is
    its part of the squared distances.
    """

    title = "Distance to usual residuals"
    when = "For series: an error counts where no training window had one of its shape."
    because = "Each column's share is its part of the squared distance to the nearest usual residuals."
    order = 34
    fits = True
    not_along = ("token",)  # the numbers of tokens have no distances

    def fit(self, rows: ForwardPass) -> None:
        """Keep residuals of rows that are spread evenly over those given."""
        kept = rows.residual[rows.residual.isfinite().all(dim=1)]
        self.state = {"reference": spread_evenly(kept, REFERENCE).cpu()}

    def of(self, rows: ForwardPass) -> Tensor:
        """The mean distances."""
        import torch

        residual, reference = rows.residual, self.on(rows.residual)["reference"]
        if not len(reference):
            return residual.square().sum(dim=1).sqrt()
        found = []
        for block in torch.split(residual, _BLOCK):
            near = reference[self._nearest(block, reference)]
            found.append((block[:, None] - near).square().sum(dim=2).sqrt().mean(dim=1))
        return torch.cat(found)

    def shares(self, rows: ForwardPass) -> Tensor:
        """The positions' parts of the squared distances."""
        import torch

        residual, reference = rows.residual, self.on(rows.residual)["reference"]
        if not len(reference):
            return residual.square()
        found = []
        for block in torch.split(residual, _BLOCK):
            near = reference[self._nearest(block, reference)]
            found.append((block[:, None] - near).square().mean(dim=1))
        return torch.cat(found)

    def _nearest(self, block: Tensor, reference: Tensor) -> Tensor:
        import torch

        # |x - r|² / 2 without |x|², which is the same for all; who is near is exact enough, the distances are exact.
        apart = torch.addmm(reference.square().sum(dim=1) / 2, block, reference.T, alpha=-1)
        return smallest(apart, min(NEIGHBOURS, len(reference)))
