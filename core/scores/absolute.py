"""The scores mae and l1: the mean or sum of the absolute reconstruction error over columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.scores import SCORES
from core.scores.base import Score

if TYPE_CHECKING:
    from torch import Tensor

    from core.scoring.forward_pass import ForwardPass


@SCORES.register("mae")
class MeanAbsoluteError(Score):
    """Mean of |x - x_hat| over the columns."""

    title = "Mean absolute error"
    when = "When many columns are a little off: a single far one counts less than in the squared error."
    because = "Each column's share is its part of the absolute error."
    order = 2

    def of(self, rows: ForwardPass) -> Tensor:
        """Mean of the errors' square roots."""
        return rows.mean(rows.error.sqrt())

    def shares(self, rows: ForwardPass) -> Tensor:
        """The absolute errors."""
        return rows.weighted(rows.error.sqrt())


@SCORES.register("l1")
class SummedAbsoluteError(MeanAbsoluteError):
    """Sum of |x - x_hat| over the columns; where every column counts it ranks rows as the mean does."""

    title = "Summed absolute error"
    when = "As the mean absolute error, on the scale of published sums."
    order = 3

    def of(self, rows: ForwardPass) -> Tensor:
        """Sum of the errors' square roots."""
        return rows.total(rows.error.sqrt())
