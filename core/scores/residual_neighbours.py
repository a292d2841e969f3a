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
        kept = spread_evenly(rows.residual[rows.residual.isfinite().all(dim=1)], REFERENCE)
        # Positions without any residual, such as those that no network reads, tell no distances.
        used = (kept != 0).any(dim=0).nonzero()[:, 0]
        self.state = {"reference": kept[:, used].contiguous().cpu()}
        if len(used) < kept.shape[1]:
            self.state["used"] = used.float().cpu()

    def of(self, rows: ForwardPass) -> Tensor:
        """The mean distances."""
        import torch

        reference = self.on(rows.residual)["reference"]
        if not reference.numel():
            return rows.residual.square().sum(dim=1).sqrt()
        residual, found = self._used(rows.residual), []
        for block in torch.split(residual, _BLOCK):
            near = reference[self._nearest(block, reference)]
            found.append((block[:, None] - near).square().sum(dim=2).sqrt().mean(dim=1))
        return torch.cat(found)

    def shares(self, rows: ForwardPass) -> Tensor:
        """The positions' parts of the squared distances."""
        import torch

        reference = self.on(rows.residual)["reference"]
        if not reference.numel():
            return rows.residual.square()
        residual, found = self._used(rows.residual), []
        for block in torch.split(residual, _BLOCK):
            near = reference[self._nearest(block, reference)]
            found.append((block[:, None] - near).square().mean(dim=1))
        shares = torch.cat(found)
        if "used" not in self.state:
            return shares
        whole = torch.zeros_like(rows.residual)
        return whole.index_copy(1, self.on(rows.residual)["used"].long(), shares)

    def _used(self, residual: Tensor) -> Tensor:
        """The positions that tell distances."""
        return residual[:, self.on(residual)["used"].long()] if "used" in self.state else residual

    def _nearest(self, block: Tensor, reference: Tensor) -> Tensor:
        import torch

        # |x - r|² / 2 without |x|², which is the same for all; who is near is exact enough, the distances are exact.
        apart = torch.addmm(reference.square().sum(dim=1) / 2, block, reference.T, alpha=-1)
        return smallest(apart, min(NEIGHBOURS, len(reference)))
