"""One-dimensional convolutions over windows: strided, or dilated, with a mirrored way back."""

import itertools
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from core.models import MODELS
from core.models._windows import WindowAutoencoder, padded
from core.params import among, param


@MODELS.register("conv_windows")
class ConvWindowAutoencoder(WindowAutoencoder):
    """Each layer looks at neighbouring moments and halves their number; the way back doubles it again.

    A window whose length the strides do not divide is read with its last moment repeated, and cut off afterwards.
    """

    title = "Convolutions on windows"
    when = "When shapes matter wherever in the window they are, such as the beats of a heart."
    searched = False  # several times as slow

    @dataclass(frozen=True)
    class Config(WindowAutoencoder.Config):
        """The form of the network; the decoder mirrors the encoder."""

        filters: tuple[int, ...] = param(
            (32, 16), "Filters of each layer from the window to the code, such as 32, 16.", low=1, high=4096,
            search=among((32, 16), (64, 32), (64, 32, 16)),
        )  # fmt: skip
        kernel: int = param(7, "Moments that a filter looks at; an odd number suits best.", low=1, high=63)
        stride: int = param(2, "Moments from one look of a filter to the next.", low=1, high=4)
        dilation: int = param(1, "Moments between those that a filter looks at.", low=1, high=32, advanced=True)

    def __init__(self, config: Any, shape: tuple[int, ...]) -> None:
        super().__init__(config, shape)
        c = config
        widths = [self.channels, *c.filters]
        reach = c.dilation * (c.kernel - 1)
        layers: list[nn.Module] = []
        for a, b in itertools.pairwise(widths):
            layers += [nn.Conv1d(a, b, c.kernel, c.stride, reach // 2, c.dilation), nn.GELU()]
        self.encoder = nn.Sequential(*layers[:-1])
        back: list[nn.Module] = []
        for a, b in itertools.pairwise(reversed(widths)):
            extra = max(0, c.stride - 1 - reach % 2)
            back += [nn.GELU(), nn.ConvTranspose1d(a, b, c.kernel, c.stride, reach // 2, extra, dilation=c.dilation)]
        self.decoder = nn.Sequential(*back[1:])
        self._multiple = c.stride ** len(c.filters)
        with torch.no_grad():
            code = self.encoder(padded(torch.zeros(1, self.channels, self.length), self._multiple))
        self._code_shape = tuple(code.shape[1:])
        self.code_size = code[0].numel()

    def encode(self, x: Tensor) -> Tensor:
        """The code of each window, shape (n, filters x moments)."""
        z: Tensor = self.encoder(padded(self.read(x).transpose(1, 2), self._multiple))
        return z.flatten(1)

    def decode(self, z: Tensor) -> Tensor:
        """The windows that codes stand for, shape (n, time, channel)."""
        x_hat: Tensor = self.decoder(z.view(len(z), *self._code_shape))
        # Where kernels are even or large the way back is a little longer or shorter than the window.
        return padded(x_hat, self.length)[:, :, : self.length].transpose(1, 2)
