"""The score crowd: the distance within which a tenth of the training rows lie, robust to a few anomalies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.scores import SCORES
from core.scores._nearest import spread_evenly
from core.scores.base import Score

if TYPE_CHECKING:
    from torch import Tensor

    from core.scoring.forward_pass import ForwardPass

SHARE = 0.1
"""Share of the kept training rows that a row must be near to."""
_FEWEST = 2
"""Of a few training rows a tenth would be the row itself, at no distance at all."""
REFERENCE = 2_048
"""Training rows that are kept."""


@SCORES.register("crowd")
class CrowdDistance(Score):
    """Euclidean distance over the encoded columns within which a tenth of the training rows lie.

    The k-nearest-neighbour distance (Ramaswamy et al., 2000) with k a tenth of the rows instead of a handful: where
    anomalies are among the training rows, and come in groups, they are near to each other and far from any crowd. At
    most 2,048 training rows are kept. It does not look at the reconstruction. A column's share is its part of the
    squared distance to the centre of the crowd.
    """

    title = "Distance to the crowd"
    when = (
        "When the training rows hold anomalies themselves, as without labels; coarse where they are known to be normal."
    )
    because = "Each column's share is its part of the squared distance to the centre of the nearest tenth of the rows."
    order = 34
    fits = True
    not_along = ("token",)  # the numbers of tokens have no distances
    model_free = True

    def fit(self, rows: ForwardPass) -> None:
        """Keep rows that are spread evenly over those given."""
        self.state = {"reference": spread_evenly(rows.x[rows.x.isfinite().all(dim=1)], REFERENCE).cpu()}

    def of(self, rows: ForwardPass) -> Tensor:
        """The distances."""
        reference = self.on(rows.x)["reference"]
        if not len(reference):
            return rows.x.square().sum(dim=1).sqrt()
        farthest = self._crowd(rows)[:, -1]
        return (rows.x - reference[farthest]).square().sum(dim=1).sqrt()

    def shares(self, rows: ForwardPass) -> Tensor:
        """The columns' parts of the squared distance to the centre of the crowd."""
        reference = self.on(rows.x)["reference"]
        if not len(reference):
            return rows.x.square()
        crowd = self._crowd(rows)
        belongs = rows.x.new_zeros((len(rows), len(reference))).scatter_(1, crowd, 1 / crowd.shape[1])
        return (rows.x - belongs @ reference).square()

    def _crowd(self, rows: ForwardPass) -> Tensor:
        """The places of the nearest tenth of the kept rows, the farthest of them last; shape (n, k)."""
        import torch

        x, reference = rows.x, self.on(rows.x)["reference"]
        # |x - r|² / 2 without |x|², which is the same for all.
        apart = torch.addmm(reference.square().sum(dim=1) / 2, x, reference.T, alpha=-1)
        count = min(len(reference), max(_FEWEST, round(SHARE * len(reference))))
        return apart.topk(count, dim=1, largest=False, sorted=True).indices
