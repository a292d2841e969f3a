"""The base class of autoencoders of windows: axes, settings and spans that are masked while training."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from core.models.base import Autoencoder
from core.params import among, param


class WindowAutoencoder(Autoencoder):
    """Reads windows of a series, shape (n, time, channel); while training one random span of each may be blanked.

    A blanked span is 0, the channels' mean, in all channels; the whole window is rebuilt all the same (masked
    modelling: He et al., 2022). In evaluation nothing is blanked.
    """

    axes = ("time", "channel")
    family = "Windows"

    @dataclass(frozen=True)
    class Config(Autoencoder.Config):
        """Settings that every autoencoder of windows has."""

        masked: float = param(
            0.0,
            "Share of each window that is blanked in one span while training, so that it is rebuilt from what is "
            "around it; 0 blanks nothing.",
            low=0.0,
            high=0.9,
            label="Masked span",
            search=among(0.0, 0.25, 0.5),
        )

    def __init__(self, config: Any, shape: tuple[int, ...]) -> None:
        super().__init__(config, shape)
        self.length, self.channels = shape

    def read(self, x: Tensor) -> Tensor:
        """The windows as the encoder sees them: with a span of each blanked while training."""
        x = super().read(x)
        span = round(self.config.masked * self.length)
        if not self.training or not span:
            return x
        start = torch.randint(self.length - span + 1, (len(x), 1, 1), device=x.device)
        place = torch.arange(self.length, device=x.device)[None, :, None]
        return x.masked_fill((place >= start) & (place < start + span), 0.0)
