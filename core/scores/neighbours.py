"""How far a row is from the nearest training rows, every value counted once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.resolution import ENCODED
from core.scores import SCORES
from core.scores._nearest import neighbours, spread_evenly, squared_parts
from core.scores.base import Score

if TYPE_CHECKING:
    from torch import Tensor

    from core.scoring.forward_pass import ForwardPass

NEIGHBOURS = 5
REFERENCE = 4_096
"""Training rows that are kept."""
_BLOCK = 512
"""Rows whose distances to all of them are held at a time."""
_TINY = 0.01
"""Distances below this share of the usual one count as this: among equal rows a logarithm has no lower end."""


@SCORES.register("neighbours")
class NeighbourDistance(Score):
    """Mean Euclidean distance to the five nearest training rows (kNN: Ramaswamy et al., 2000).

    Of a number that is encoded twice the standardised copy alone counts: its tails weigh as much as they do in the
    table. At most 4,096 training rows are kept, and a row is not its own neighbour. It does not look at the
    reconstruction. A column's share is its part of the squared distances.
    """

    title = "Distance to the neighbours"
    when = "When anomalies lie apart from all normal rows, and few rows train; best beside scores that see structure."
    because = "Each column's share is its part of the squared distance to the nearest normal rows."
    order = 33
    fits = True
    not_along = ("token",)  # the numbers of tokens have no distances
    fits_raw_rows = True
    model_free = True

    def fit(self, rows: ForwardPass) -> None:
        """Keep rows that are spread evenly over those given, and how far they usually are from each other."""
        import torch

        kept = spread_evenly(rows.plain[rows.plain.isfinite().all(dim=1)], REFERENCE)
        self.state = {"reference": kept.cpu()}
        if len(kept) < 2:
            return
        blocks = torch.split(kept, _BLOCK)
        distances = torch.cat([self._near(block, kept)[0].mean(dim=1) for block in blocks])
        apart = distances[distances > ENCODED]
        usual = apart.median() if len(apart) else torch.ones((), dtype=kept.dtype)
        self.state["floor"] = (_TINY * usual).reshape(1).cpu()

    def of(self, rows: ForwardPass) -> Tensor:
        """The mean distances."""
        import torch

        state, x = self.on(rows.x), rows.plain
        if "floor" not in state:
            return x.square().sum(dim=1).sqrt()
        blocks = torch.split(x, _BLOCK)
        found = torch.cat([self._near(block, state["reference"])[0].mean(dim=1) for block in blocks])
        return found.clamp_min(state["floor"])

    def shares(self, rows: ForwardPass) -> Tensor:
        """The columns' parts of the squared distances to the neighbours."""
        state, x = self.on(rows.x), rows.plain
        if "floor" not in state:
            return x.square()
        return squared_parts(x, state["reference"], min(NEIGHBOURS, len(state["reference"]) - 1), _BLOCK)

    def _near(self, block: Tensor, reference: Tensor) -> tuple[Tensor, Tensor]:
        """Distances to the nearest reference rows but itself, and their places; shape (n, neighbours)."""
        return neighbours(block, reference, min(NEIGHBOURS, len(reference) - 1))
