"""Fully connected layers over whole windows: the network of the recommended recipe for series."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.nn.functional import linear

from core.models import MODELS
from core.models._layers import ACTIVATIONS, blocks
from core.models._windows import WindowAutoencoder
from core.params import among, param

if TYPE_CHECKING:
    from core.modalities.layout import Layout


@MODELS.register("dense_windows")
class DenseWindowAutoencoder(WindowAutoencoder):
    """Squeezes a window, all moments and channels at once, into a few numbers and rebuilds it."""

    title = "Dense on windows"
    when = "The one to start with for series: fast, and measured best together with masked spans."

    @dataclass(frozen=True)
    class Config(WindowAutoencoder.Config):
        """The form of the network; the decoder mirrors the encoder."""

        hidden_dims: tuple[int, ...] = param(
            (128,),
            "Units of each layer from the window to the code, such as 128, 64. The way back mirrors them.",
            low=1,
            high=65_536,
            label="Hidden layers",
            search=among((64,), (128,), (256, 128)),
        )
        latent: int = param(
            32,
            "Numbers into which a window is squeezed. Too many let it copy what is odd, too few blur what is normal.",
            low=1,
            high=65_536,
            label="Latent size",
            search=among(8, 16, 32, 64),
        )
        activation: str = param(
            "gelu",
            "The bend after each layer, without which the network could only draw straight lines.",
            choices=tuple(ACTIVATIONS),
        )
        normalisation: str = param(
            "none",
            "Keeps the values between layers in a steady range: over the batch, or over each window's layer.",
            choices=("none", "batch", "layer"),
        )
        dropout: float = param(0.0, "Share of units switched off at random in each training step.", low=0.0, high=0.95)

    def __init__(self, config: Any, shape: tuple[int, ...]) -> None:
        super().__init__(config, shape)
        width = self.length * self.channels
        self.encoder = nn.Sequential(*self._blocks([width, *config.hidden_dims]))
        self.to_code = nn.Linear(config.hidden_dims[-1] if config.hidden_dims else width, config.latent)
        self.code_size = config.latent
        back = [config.latent, *reversed(config.hidden_dims)]
        self.decoder = nn.Sequential(*self._blocks(back), nn.Linear(back[-1], width))
        self._places: Tensor | None = None

    def encode(self, x: Tensor) -> Tensor:
        """The code of each window, shape (n, latent)."""
        seen = self.read(x).flatten(1)
        if self._places is None:
            z: Tensor = self.to_code(self.encoder(seen))
            return z
        # Positions that are not read are 0: their weights are left out of the product, not multiplied by it.
        first, *others = [*self.encoder, self.to_code]
        assert isinstance(first, nn.Linear)
        h = linear(seen[:, self._places], first.weight[:, self._places], first.bias)
        for layer in others:
            h = layer(h)
        return h

    def decode(self, z: Tensor) -> Tensor:
        """The windows that codes stand for, shape (n, time, channel)."""
        if self._places is None:
            x_hat: Tensor = self.decoder(z)
            return x_hat.view(len(z), *self.shape)
        h = self.decoder[:-1](z)
        last = self.decoder[-1]
        assert isinstance(last, nn.Linear)
        known = linear(h, last.weight[self._places], last.bias[self._places])
        whole = known.new_zeros(len(z), self.length * self.channels)
        return whole.index_copy(1, self._places, known).view(len(z), *self.shape)

    def lay_out(self, layout: "Layout") -> None:
        """Keep which positions are read, where these are not all."""
        super().lay_out(layout)
        minor = layout.minor
        self._places = None if minor is None else torch.from_numpy((~minor).nonzero()[0])

    def _blocks(self, widths: list[int]) -> list[nn.Module]:
        c = self.config
        return blocks(
            widths, activation_name=c.activation, slope=0.01, normalisation=c.normalisation, dropout=c.dropout
        )
