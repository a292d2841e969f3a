"""The score local: a row's distance to its neighbours times how much sparser it is there (as LOF)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.resolution import ENCODED
from core.scores import SCORES
from core.scores._nearest import neighbours, spread_evenly, squared_parts
from core.scores.base import Score

if TYPE_CHECKING:
    from torch import Tensor

    from core.scoring.forward_pass import ForwardPass

NEIGHBOURS = (3, 10)
"""The two scales on which a row's neighbourhood is compared with those of its neighbours."""
REFERENCE = 4_096
"""Training rows that are kept."""
_BLOCK = 512
"""Rows whose distances to all of them are held at a time."""
_TINY = 0.01
"""Distances below this share of the usual one count as this: rows that occur twice are no point of infinite density."""


@SCORES.register("local")
class LocalSparsity(Score):
    """Distance to the nearest training row, times how much sparser it is at x than at its neighbours, on two scales.

    d_1(x) r_3(x) r_10(x), with d_k the mean Euclidean distance over the encoded columns to the k nearest training rows,
    and r_k = d_k(x) / mean of d_k(y) over these neighbours y: the simplified local outlier factor (Schubert et al.,
    2014, after Breunig et al., 2000). A row is not its own neighbour: one row at no distance at all is left out. At
    most 4,096 training rows are kept. A column's share is its part of the squared distances.
    """

    title = "Local sparsity"
    when = "When normal rows are dense in some places and sparse in others; best beside a reconstruction error."
    because = "Each column's share is its part of the squared distance to the nearest normal rows."
    order = 33
    fits = True
    not_along = ("token",)  # the numbers of tokens have no distances
    fits_raw_rows = True
    model_free = True

    def fit(self, rows: ForwardPass) -> None:
        """Keep rows that are spread evenly over those given, and how far each is from its own neighbours."""
        import torch

        x = rows.x[rows.x.isfinite().all(dim=1)]
        kept = spread_evenly(x, REFERENCE)
        self.state = {"reference": kept.cpu()}
        if len(kept) < 2:
            return
        distances = torch.cat([self._near(block, kept)[0] for block in torch.split(kept, _BLOCK)])
        nearest = distances[:, 0]
        usual = nearest.median()
        if usual <= ENCODED:
            # Most rows are equal: the others say what a distance is, and where there are none, a standard deviation.
            apart = nearest[nearest > ENCODED]
            usual = apart.median() if len(apart) else torch.ones_like(usual)
        floor = _TINY * usual
        distances = distances.clamp_min(floor)
        around = torch.stack([distances[:, :k].mean(dim=1) for k in NEIGHBOURS], dim=1)
        self.state |= {"usual": around.cpu(), "floor": floor.reshape(1).cpu()}

    def of(self, rows: ForwardPass) -> Tensor:
        """The products."""
        import torch

        state, x = self.on(rows.x), rows.x
        if "usual" not in state:
            return x.square().sum(dim=1).sqrt()
        found = []
        for block in torch.split(x, _BLOCK):
            distances, places = self._near(block, state["reference"])
            distances = distances.clamp_min(state["floor"])
            score = distances[:, 0]
            for k, usual in zip(NEIGHBOURS, state["usual"].unbind(dim=1), strict=True):
                score = score * distances[:, :k].mean(dim=1) / usual[places[:, :k]].mean(dim=1)
            found.append(score)
        return torch.cat(found)

    def shares(self, rows: ForwardPass) -> Tensor:
        """The columns' parts of the squared distances to the neighbours."""
        state, x = self.on(rows.x), rows.x
        if "usual" not in state:
            return x.square()
        return squared_parts(x, state["reference"], min(max(NEIGHBOURS), len(state["reference"]) - 1), _BLOCK)

    def _near(self, block: Tensor, reference: Tensor) -> tuple[Tensor, Tensor]:
        """Distances to the nearest reference rows but itself, ascending, and their places; shape (n, neighbours)."""
        return neighbours(block, reference, min(max(NEIGHBOURS), len(reference) - 1))
