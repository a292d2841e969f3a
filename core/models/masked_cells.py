"""Masked cell modelling: a row is scored by how well it is rebuilt from learnt masks of itself."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import normalize

from core.models import MODELS
from core.models._views import ViewsAutoencoder, stacked
from core.params import among, between, param

_TEMPERATURE = 0.1
_WIDEST = 128
"""Units of the generator's hidden layers, at most: the source has as many as there are columns."""


@MODELS.register("masked_cells")
class MaskedCellModelling(ViewsAutoencoder):
    """Learns K soft masks M_k(x) in (0, 1) and to rebuild x from each M_k(x) * x (MCM).

    The loss is the mean over k of ||x_hat_k - x||², plus lambda times the diversity loss, the sum over k of
    ln(sum over j != k of exp(<m_k, m_j> / 0.1)) / |(K - 1) ln 1/(K - 1)|, with m_k the mask before its sigmoid, scaled
    to length 1. Each mask comes from a generator of three layers without biases. The score is the mean over the masks.

    Yin et al., "MCM: Masked Cell Modeling for Anomaly Detection in Tabular Data", ICLR 2024.
    """

    family = "Denoising"
    searched = False  # many times as slow
    title = "Masked cell modelling"
    when = "When what is normal lies in how columns go together; takes several times as long as a dense network."

    @dataclass(frozen=True)
    class Config(ViewsAutoencoder.Config):
        """The dense form, and the masks."""

        masks: int = param(
            8,
            "Masks that are learnt; each is a different question about a row, and costs as much time as a network.",
            low=3,
            high=64,
            search=among(4, 8, 15),
        )
        diversity: float = param(
            0.1,
            "Weight of the term that keeps the masks apart from each other (lambda).",
            low=0.0,
            high=1000.0,
            label="Weight of the diversity",
            search=between(0.01, 1.0, log=True),
        )

    def __init__(self, config: Any, shape: tuple[int, ...]) -> None:
        super().__init__(config, shape)
        (width,) = shape
        inner = min(width, _WIDEST)
        self.into, self.across = stacked(config.masks, width, inner), stacked(config.masks, inner, inner)
        self.out = stacked(config.masks, inner, width)

    def masks(self, x: Tensor) -> Tensor:
        """The masks of some rows before their sigmoid, shape (masks, n, width)."""
        h = (x.expand(self.config.masks, *x.shape) @ self.into).relu()
        return (h @ self.across).relu() @ self.out

    def views(self, x: Tensor) -> Tensor:
        """The masked rows."""
        return self.masks(x).sigmoid() * x

    def loss_terms(self, x: Tensor) -> dict[str, Tensor]:
        """The mean over the masks, and how alike the masks are."""
        seen = self.read(x)
        masks = self.masks(seen)
        error = self.view_error(self.filled(x), self.through(masks.sigmoid() * seen))
        return {"reconstruction": self.reduced(error, x), "diversity": self.config.diversity * _likeness(masks)}


def _likeness(masks: Tensor) -> Tensor:
    """How alike the masks of a row are, averaged over rows."""
    m = normalize(masks.transpose(0, 1), dim=-1, eps=1e-6)
    k = m.shape[1]
    alike = (m @ m.transpose(1, 2) / _TEMPERATURE).masked_fill(
        torch.eye(k, dtype=torch.bool, device=m.device), -torch.inf
    )
    others = torch.tensor(float(k - 1))
    return alike.logsumexp(dim=2).sum(dim=1).mean() / float(others * others.log())
