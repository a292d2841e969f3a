"""The score mixture: the negative log-likelihood of a row under a Gaussian mixture of normal rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.resolution import ENCODED
from core.scores import SCORES
from core.scores._gaussians import COMPONENTS, fit_mixture, grouped, log_densities
from core.scores._nearest import spread_evenly
from core.scores.base import Score

if TYPE_CHECKING:
    from torch import Tensor

    from core.scoring.forward_pass import ForwardPass

REFERENCE = 4_096
"""Training rows that the mixture is fitted to."""


@SCORES.register("mixture")
class MixtureLikelihood(Score):
    """Negative log-likelihood of a row x under a mixture of ten normal distributions, above the likeliest row's.

    1 + max_i log p(x_i) - log p(x), where x_i are the training rows and p = sum of w_c N(m_c, S_c), fitted by
    expectation and maximisation (Dempster et al., 1977) from groups of rows that k-means finds. Groups with few rows
    have about the shape that all have. A column's share is its term of the squared distance to the nearest component.
    """

    title = "Mixture of groups"
    when = "When normal rows form groups of different shapes; best beside a reconstruction error."
    because = "Each column's share is its part of the distance to the nearest group of normal rows."
    order = 32
    fits = True
    not_along = ("token",)  # the numbers of tokens have no distances
    fits_raw_rows = True
    model_free = True

    def fit(self, rows: ForwardPass) -> None:
        """Groups, then the mixture."""
        import torch

        x = spread_evenly(rows.x[rows.x.isfinite().all(dim=1)], REFERENCE).cpu().double()
        if not len(x):
            x = torch.zeros((1, rows.x.shape[1]), dtype=torch.float64)
        spread = x.std(dim=0, correction=0)
        even = (x - x.mean(dim=0)) / torch.where(spread > ENCODED, spread, 1.0)
        state = fit_mixture(x, grouped(even, max(1, min(COMPONENTS, len(x) // 10))))
        state["likeliest"] = log_densities(x, state).logsumexp(dim=1).max().reshape(1)
        self.state = state

    def of(self, rows: ForwardPass) -> Tensor:
        """1 for the likeliest training row, more for rows that are less likely."""
        state = self.on(rows.x)
        return (1 + state["likeliest"] - log_densities(rows.x, state).logsumexp(dim=1)).clamp_min(1e-3)

    def shares(self, rows: ForwardPass) -> Tensor:
        """The terms of the squared distance to the likeliest component."""
        import torch

        x, state = rows.x, self.on(rows.x)
        nearest = log_densities(x, state).argmax(dim=1)
        shares = torch.empty_like(x)
        for k in range(len(state["means"])):
            own = nearest == k
            centred, whiten = x[own] - state["means"][k], state["whitens"][k]
            if whiten.ndim == 2:
                shares[own] = (centred * (centred @ whiten @ whiten.T)).clamp_min(0)
            else:
                shares[own] = (centred * whiten).square()
        return shares
