"""How far a row is from the middle of the training rows along their principal components, each in its own measure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.resolution import SQUARED
from core.scores import SCORES
from core.scores._nearest import spread_evenly
from core.scores.base import Score

if TYPE_CHECKING:
    from torch import Tensor

    from core.scoring.forward_pass import ForwardPass

REFERENCE = 4_000
"""Training rows that the components are found in."""
RIDGE = 0.01
"""This share of the mean variance is added to each component's: one that hardly varied must not decide everything."""


@SCORES.register("principal")
class ComponentDistance(Score):
    """Mean of p_k² / (l_k + 0.01 mean l + 1e-6) over the principal components k of the training rows.

    p_k is the row's place on a component, l_k the component's variance over at most 4,000 training rows (a linear
    model: Shyu et al., 2003). It does not look at the network. A position's share is its part of the same sum.
    """

    title = "Principal components"
    when = "A linear model beside a network: for series, where channels move together in the usual way or do not."
    because = "Each column's share is its part of the distance along the principal components."
    order = 35
    fits = True
    not_along = ("token",)  # the numbers of tokens have no distances
    model_free = True

    def fit(self, rows: ForwardPass) -> None:
        """Mean, components and variances, in float64."""
        import torch

        x = spread_evenly(rows.x[rows.x.isfinite().all(dim=1)], REFERENCE).cpu().double()
        width = rows.x.shape[1]
        if len(x) < 2:
            mean = x[0] if len(x) else torch.zeros(width, dtype=torch.float64)
            self.state = {"mean": mean, "whiten": torch.eye(width, dtype=torch.float64)}
            return
        mean = x.mean(dim=0)
        centred = x - mean
        if len(x) > width:
            variances, components = torch.linalg.eigh(centred.T @ centred / len(x))
        else:
            # Fewer rows than positions: the components lie in the space that the rows span.
            gram, left = torch.linalg.eigh(centred @ centred.T / len(x))
            kept = gram > gram[-1].clamp_min(SQUARED) * 1e-10
            variances = gram[kept]
            components = centred.T @ left[:, kept] / (variances * len(x)).sqrt()
        variances = variances.clamp_min(0.0)
        scale = (variances + RIDGE * variances.mean() + 1e-6).rsqrt()
        self.state = {"mean": mean, "whiten": (components * scale / scale.shape[0] ** 0.5).contiguous()}

    def of(self, rows: ForwardPass) -> Tensor:
        """The sums."""
        state = self.on(rows.x)
        return ((rows.x - state["mean"]) @ state["whiten"]).square().sum(dim=1)

    def shares(self, rows: ForwardPass) -> Tensor:
        """The positions' terms of the sums, nothing where they pull the other way."""
        state = self.on(rows.x)
        centred = rows.x - state["mean"]
        return (centred * ((centred @ state["whiten"]) @ state["whiten"].T)).clamp_min(0)
