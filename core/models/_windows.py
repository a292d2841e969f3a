"""The base class of autoencoders of windows: axes, and what is masked, spoilt or left out while training."""

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
        noise: float = param(
            0.0,
            "Standard deviation of random numbers that are added to what the network sees while training, so that it "
            "learns to undo them; a channel's own is 1.",
            low=0.0,
            high=5.0,
            label="Noise",
            advanced=True,
        )
        trimmed: float = param(
            0.0,
            "Share of each batch's windows, those rebuilt worst, that teaches nothing: for training parts that hold "
            "anomalies.",
            low=0.0,
            high=0.5,
            label="Trimmed share",
            advanced=True,
        )

    def __init__(self, config: Any, shape: tuple[int, ...]) -> None:
        super().__init__(config, shape)
        self.length, self.channels = shape

    def read(self, x: Tensor) -> Tensor:
        """The windows as the encoder sees them: with noise, and a span of each blanked, while training."""
        x = super().read(x)
        if self.training and self.config.noise:
            x = x + self.config.noise * torch.randn_like(x)
        span = round(self.config.masked * self.length)
        if not self.training or not span:
            return x
        start = torch.randint(self.length - span + 1, (len(x), 1, 1), device=x.device)
        place = torch.arange(self.length, device=x.device)[None, :, None]
        return x.masked_fill((place >= start) & (place < start + span), 0.0)

    def reduced(self, error: Tensor, x: Tensor) -> Tensor:
        """Errors reduced to a number, without the windows that are rebuilt worst while training where some are."""
        kept = len(x) - int(self.config.trimmed * len(x))
        if not self.training or kept == len(x):
            return super().reduced(error, x)
        best = error.detach().flatten(1).mean(dim=1).topk(kept, largest=False).indices
        return super().reduced(error[best], x[best])


def padded(x: Tensor, multiple: int) -> Tensor:
    """Sequences, shape (n, channel, time), made longer by their last moment until so many go into their length."""
    lacking = -x.shape[-1] % multiple
    return x if not lacking else torch.cat([x, x[..., -1:].expand(*x.shape[:-1], lacking)], dim=-1)
