"""Networks that judge a row by several views of it, spoilt in different ways, each rebuilt into the whole row."""

import torch
from torch import Tensor

from core.models.base import Autoencoder
from core.models.dense import DenseAutoencoder


class ViewsAutoencoder(DenseAutoencoder):
    """The error of a position is the mean over the views of the squared errors of their reconstructions."""

    def views(self, x: Tensor) -> Tensor:
        """What the encoder is shown of some rows in evaluation, shape (views, n, encoder_input); never random."""
        raise NotImplementedError

    def through(self, shown: Tensor) -> Tensor:
        """The reconstruction of each view, shape (views, n, width)."""
        rebuilt: Tensor = self.decode(self.encoder(shown.flatten(0, 1)))
        return rebuilt.view(*shown.shape[:2], -1)

    def encode(self, x: Tensor) -> Tensor:
        """The mean code of a row's views, shape (n, latent)."""
        shown = self.views(self.read(x))
        z: Tensor = self.encoder(shown.flatten(0, 1))
        return z.view(*shown.shape[:2], -1).mean(dim=0)

    def forward(self, x: Tensor) -> Tensor:
        """The mean reconstruction of a row's views."""
        return self.through(self.views(self.read(x))).mean(dim=0)

    def error(self, x: Tensor, x_hat: Tensor | None = None) -> Tensor:
        """The mean squared error over the views, whose reconstructions the mean ``x_hat`` does not tell."""
        # Errors may be wanted in float64; the network computes in the precision of its weights.
        rows = x.to(next(self.parameters()).dtype)
        return self.view_error(x, self.through(self.views(self.read(rows))))

    def view_error(self, x: Tensor, rebuilt: Tensor) -> Tensor:
        """The squared error of each position, averaged over the views, shape (n, width)."""
        return (rebuilt.to(x.dtype) - x).square().mean(dim=0)

    def reduced(self, error: Tensor) -> Tensor:
        """Errors per position as a loss: reduced per row as the settings say, averaged over the rows."""
        return error.sum() / len(error) if self.config.reduction == "sum" else error.mean()

    def reconstruction(self, x: Tensor, x_hat: Tensor) -> Tensor:
        """The reconstruction term of a single view."""
        return self.reduced(Autoencoder.error(self, x, x_hat))


def stacked(weights: int, a: int, b: int) -> torch.nn.Parameter:
    """First weights of several linear layers side by side, shape (weights, a, b), drawn as those of one."""
    return torch.nn.Parameter(torch.empty(weights, a, b).uniform_(-1, 1) * a**-0.5)
