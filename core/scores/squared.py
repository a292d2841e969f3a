"""The scores mse and sse: the mean or sum of the squared reconstruction error over columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.scores import SCORES
from core.scores.base import Score

if TYPE_CHECKING:
    from torch import Tensor

    from core.scoring.forward_pass import ForwardPass


@SCORES.register("mse")
class MeanSquaredError(Score):
    """Mean of (x - x_hat)² over the columns: what a dense autoencoder is trained on."""

    title = "Mean squared error"
    when = "The one to start with: one column that is far off counts a lot."
    order = 0

    def of(self, rows: ForwardPass) -> Tensor:
        """Mean of the errors."""
        return rows.mean(rows.error)


@SCORES.register("sse")
class SummedSquaredError(MeanSquaredError):
    """Sum of (x - x_hat)² over the columns; where every column counts it ranks rows as the mean does."""

    title = "Summed squared error"
    when = "As the mean, on the scale of published sums; rows with more filled-in cells score higher."
    order = 1

    def of(self, rows: ForwardPass) -> Tensor:
        """Sum of the errors."""
        return rows.total(rows.error)
