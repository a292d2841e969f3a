"""An autoencoder of features: each place of an image by itself, as another network describes it."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from core.feature_grids import block_of, grids
from core.models import MODELS
from core.models.base import Autoencoder
from core.models.conv import IMAGE
from core.params import among, param


@MODELS.register("feature_grid")
class FeatureGridAutoencoder(Autoencoder):
    """Rebuilds the features of each place from a narrow code, with noise while it learns; no place sees its neighbours.

    A fine and a coarse grid have a network each. It needs images that are read as features; of pixels it would only
    learn which colours there are.
    """

    axes = IMAGE
    family = "Images"
    title = "Autoencoder of features"
    when = "For images that are read as features: finds small defects that a network of pixels overlooks."
    searched = False

    @dataclass(frozen=True)
    class Config(Autoencoder.Config):
        """The widths of the networks, and how they learn."""

        hidden: int = param(256, "Units of the layer before the code, and of the one after it.", low=4, high=4_096)
        latent: int = param(
            64,
            "Numbers into which the features of a place are squeezed; few of them rebuild only what is common.",
            low=1,
            high=4_096,
            label="Latent size",
            search=among(32, 64, 128),
        )
        noise: float = param(
            0.2,
            "Standard deviation of the noise on the features while it learns, in standard deviations of these.",
            low=0.0,
            high=5.0,
        )
        places: int = param(
            1_024, "Places of a batch of images that a step learns from, drawn at random.", low=16, high=1_000_000
        )

    def __init__(self, config: Any, shape: tuple[int, ...]) -> None:
        super().__init__(config, shape)
        self.shapes = [tuple(grid.shape[1:]) for grid in grids(torch.zeros((1, *shape)))]
        """Channels, height and width of each grid."""
        h, k = config.hidden, config.latent
        self.encoders = nn.ModuleList(
            nn.Sequential(nn.Linear(c, h), nn.GELU(), nn.Linear(h, k)) for c, *_ in self.shapes
        )
        self.decoders = nn.ModuleList(
            nn.Sequential(nn.Linear(k, h), nn.GELU(), nn.Linear(h, c)) for c, *_ in self.shapes
        )

    def encode(self, x: Tensor) -> Tensor:
        """The codes of all places of each image, flat."""
        return torch.cat([z.flatten(1) for z in self._codes(x)], dim=1)

    def decode(self, z: Tensor) -> Tensor:
        """The features that codes stand for, shape (n, channel, height, width)."""
        parts, start = [], 0
        for decoder, (channels, height, width) in zip(self.decoders, self.shapes, strict=True):
            size = height * width * self.config.latent
            cells = decoder(z[:, start : start + size].reshape(-1, self.config.latent))
            parts.append(cells.view(len(z), height, width, channels).permute(0, 3, 1, 2))
            start += size
        return block_of(parts)

    def summary(self, x: Tensor) -> Tensor:
        """The mean code of the places of each image, of every grid."""
        return torch.cat([z.mean(dim=1) for z in self._codes(x)], dim=1)

    def loss_terms(self, x: Tensor) -> dict[str, Tensor]:
        """The squared error at some places, drawn at random while it learns and evenly spread else."""
        total = x.new_zeros(())
        for encoder, decoder, grid in zip(self.encoders, self.decoders, grids(x), strict=True):
            cells = grid.permute(0, 2, 3, 1).reshape(-1, grid.shape[1])
            cells = cells[~cells.isnan().any(dim=1)]
            count = min(self.config.places, len(cells))
            if not count:
                continue
            if self.training:
                cells = cells[torch.randint(len(cells), (count,), device=cells.device)]
                seen = cells + self.config.noise * torch.randn_like(cells)
            else:
                cells = seen = cells[:: max(1, len(cells) // count)]
            total = total + (decoder(encoder(seen)) - cells).square().mean() / len(self.shapes)
        return {"reconstruction": total}

    def _codes(self, x: Tensor) -> list[Tensor]:
        """The code of each place, shape (n, places, latent), of each grid."""
        parts = grids(self.read(x))
        return [
            encoder(grid.permute(0, 2, 3, 1).reshape(len(x), -1, grid.shape[1]))
            for encoder, grid in zip(self.encoders, parts, strict=True)
        ]
