"""A transformer over patches of a window: pieces of moments look at each other, and are rebuilt from short codes."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from core.errors import ConfigError
from core.models import MODELS
from core.models._windows import WindowAutoencoder, padded
from core.params import param


@MODELS.register("patches")
class PatchTransformer(WindowAutoencoder):
    """Cuts a window into patches, each a token; after attention each keeps a few numbers, from which all are rebuilt.

    Patches as in Nie et al., "A Time Series is Worth 64 Words", ICLR 2023; with masked spans their masked modelling.
    """

    title = "Transformer over patches"
    when = "When distant parts of a window say what belongs in another; needs many moments, and time."
    searched = False  # many times as slow

    @dataclass(frozen=True)
    class Config(WindowAutoencoder.Config):
        """The form of the network."""

        patch: int = param(8, "Moments of a patch; shorter ones are finer and slower.", low=1, high=256)
        width: int = param(32, "Numbers of a token; a multiple of the number of heads.", low=1, high=1024)
        heads: int = param(4, "Kinds of looks that tokens take at each other.", low=1, high=64)
        layers: int = param(2, "Rounds in which tokens look at each other, on either side of the code.", low=1, high=12)
        latent: int = param(4, "Numbers that are kept of each patch.", low=1, high=1024, label="Latent size")

    def __init__(self, config: Any, shape: tuple[int, ...]) -> None:
        super().__init__(config, shape)
        c = config
        if c.width % c.heads:
            raise ConfigError(
                f"The width of a token must be a multiple of the number of heads, {c.heads}. Got {c.width}. Choose "
                f"{c.heads * max(1, round(c.width / c.heads))}."
            )
        self.patch = min(c.patch, self.length)
        count, size = -(-self.length // self.patch), self.patch * self.channels
        self.embed = nn.Linear(size, c.width)
        self.place = nn.Parameter(torch.randn(count, c.width) * 0.02)
        self.encoder = nn.Sequential(*(self._layer() for _ in range(c.layers)))
        self.to_code, self.from_code = nn.Linear(c.width, c.latent), nn.Linear(c.latent, c.width)
        self.place_back = nn.Parameter(torch.randn(count, c.width) * 0.02)
        self.decoder = nn.Sequential(*(self._layer() for _ in range(c.layers)))
        self.out = nn.Linear(c.width, size)
        self.code_size = count * c.latent

    def _layer(self) -> nn.Module:
        c = self.config
        return nn.TransformerEncoderLayer(
            c.width, c.heads, 2 * c.width, dropout=0.0, activation="gelu", batch_first=True, norm_first=True
        )

    def encode(self, x: Tensor) -> Tensor:
        """The codes of each window's patches, shape (n, patches x latent)."""
        long = padded(self.read(x).transpose(1, 2), self.patch).transpose(1, 2)
        tokens = self.embed(long.reshape(len(x), len(self.place), -1)) + self.place
        z: Tensor = self.to_code(self.encoder(tokens))
        return z.flatten(1)

    def decode(self, z: Tensor) -> Tensor:
        """The windows that codes stand for, shape (n, time, channel)."""
        tokens = self.from_code(z.view(len(z), len(self.place), -1)) + self.place_back
        x_hat: Tensor = self.out(self.decoder(tokens))
        return x_hat.reshape(len(z), -1, self.channels)[:, : self.length]
