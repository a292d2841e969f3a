"""The score likelihood: the Gaussian negative log-likelihood of the residual, a variance per column."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.resolution import SQUARED
from core.scores import SCORES
from core.scores.base import Score

if TYPE_CHECKING:
    from torch import Tensor

    from core.scoring.forward_pass import ForwardPass

LEAST = 0.01
"""The share of the mean variance that every column's variance gets: one that never erred must not decide everything."""


@SCORES.register("likelihood")
class GaussianLikelihood(Score):
    """Negative log-likelihood of the residual under N(0, sigma_i²): sum over columns of (x_i - x_hat_i)² / 2 sigma_i².

    The variances are those of the training rows' residuals (maximum likelihood; Nix and Weigend, 1994, learn them with
    a network). The constant, sum of log(2 pi sigma_i²) / 2, is left out: 0 is a perfect reconstruction, and the order
    of the rows is the same.
    """

    title = "Likelihood"
    when = "When some columns are noisy by nature: each error is weighed by what is usual in its column."
    because = "Each column's share is its term of the log-likelihood."
    order = 21
    fits = True

    def fit(self, rows: ForwardPass) -> None:
        """The variance of each column's residual."""
        squares = rows.residual.double().square()
        squares = squares[squares.isfinite().all(dim=1)]
        variance = squares.mean(dim=0) if len(squares) else squares.new_ones(squares.shape[1])
        variance = (1 - LEAST) * variance + LEAST * variance.mean()
        self.state = {"precision": 1 / variance.clamp_min(SQUARED)}

    def of(self, rows: ForwardPass) -> Tensor:
        """Half of the weighed squares, added up."""
        return self.shares(rows).sum(dim=1)

    def shares(self, rows: ForwardPass) -> Tensor:
        """The terms of the sum."""
        return rows.residual.square() * (self.on(rows.residual)["precision"] / 2)
