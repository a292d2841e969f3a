"""The score latent: the Mahalanobis distance of a row's code from the training rows' codes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.scores import SCORES
from core.scores._gaussian import fit_gaussian, whitened
from core.scores.base import Score

if TYPE_CHECKING:
    from torch import Tensor

    from core.scoring.forward_pass import ForwardPass


@SCORES.register("latent")
class LatentDistance(Score):
    """Mahalanobis distance of the code z from the training rows' codes: sqrt((z - m)' S^-1 (z - m)).

    m and S are mean and covariance of the training rows' codes, S shrunk as Ledoit and Wolf (2004) do. From Denouden et
    al. (2018), who add it to the reconstruction error: as the second score beside one it does the same. It does not
    look at the reconstruction, so the columns' shares are those of the squared error.
    """

    title = "Latent distance"
    when = "For rows that are rebuilt well and yet extreme; best beside a reconstruction error."
    because = "The code has no columns of yours, so each column's share is its part of the squared error."
    order = 30
    fits = True

    def fit(self, rows: ForwardPass) -> None:
        """Mean and covariance of the codes."""
        self.state = fit_gaussian(rows.code)

    def of(self, rows: ForwardPass) -> Tensor:
        """The distances."""
        code = rows.code
        return whitened(code, self.on(code)).square().sum(dim=1).sqrt()
