"""The smallest autoencoder of windows, shape (time, channel): one weight, so that a test knows what it expects."""

from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor

from core.models.base import Autoencoder


class WindowModel(Autoencoder):
    """Expects ``gain`` times of everything."""

    title = "Window model"
    axes = ("time", "channel")
    first_gain: ClassVar[float] = 2.0

    @dataclass(frozen=True)
    class Config(Autoencoder.Config):
        """No settings of its own."""

    def __init__(self, config: Any, shape: tuple[int, ...]) -> None:
        super().__init__(config, shape)
        self.gain = torch.nn.Parameter(torch.tensor(self.first_gain))

    def encode(self, x: Tensor) -> Tensor:
        """The window itself, flat."""
        return x.reshape(len(x), -1)

    def decode(self, z: Tensor) -> Tensor:
        """``gain`` times the window."""
        return self.gain * z.view(len(z), *self.shape)
