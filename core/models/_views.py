"""The base class of networks that encode several corrupted views of a row and rebuild the row from each."""

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
        rebuilt: Tensor = super().decode(self.encoder(shown.flatten(0, 1)))
        return rebuilt.view(*shown.shape[:2], -1)

    def encode(self, x: Tensor) -> Tensor:
        """The mean code of a row's views, shape (n, latent)."""
        shown = self.views(self.read(x))
        z: Tensor = self.encoder(shown.flatten(0, 1))
        return z.view(*shown.shape[:2], -1).mean(dim=0)

    def decode(self, z: Tensor) -> Tensor:
        """The rows that codes stand for, as an output of no views, shape (n, 1, width)."""
        return super().decode(z)[:, None]

    def forward(self, x: Tensor) -> Tensor:
        """The mean of the views' reconstructions, then each of them, shape (n, 1 + views, width)."""
        rebuilt = self.through(self.views(self.read(x)))
        return torch.cat([rebuilt.mean(dim=0, keepdim=True), rebuilt]).transpose(0, 1)

    def expected(self, output: Tensor) -> Tensor:
        """The mean reconstruction of a row's views."""
        return output[:, 0]

    def error(self, x: Tensor, output: Tensor) -> Tensor:
        """The mean squared error over the views."""
        return self.view_error(x, output[:, 1:].transpose(0, 1))

    def view_error(self, x: Tensor, rebuilt: Tensor) -> Tensor:
        """The squared error of each position, averaged over the views, shape (n, width)."""
        return (rebuilt.to(x.dtype) - x).square().mean(dim=0)

    def single(self, x: Tensor, output: Tensor) -> Tensor:
        """The reconstruction term of an output of no views."""
        return self.reduced(Autoencoder.error(self, self.filled(x), output), x)


def stacked(weights: int, a: int, b: int) -> torch.nn.Parameter:
    """First weights of several linear layers side by side, shape (weights, a, b), drawn as those of one."""
    return torch.nn.Parameter(torch.empty(weights, a, b).uniform_(-1, 1) * a**-0.5)
