"""A network that reads windows: flat linear layers with a bend."""

from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn

from core.models import MODELS
from core.models.base import Autoencoder
from core.params import param


@MODELS.register("window_dense")
class WindowAutoencoder(Autoencoder):
    """Squeezes a window of all channels into a few numbers and rebuilds it."""

    axes = ("time", "channel")
    family = "Curves"
    title = "Window autoencoder"
    when = "When a sample is a curve of several channels."

    @dataclass(frozen=True)
    class Config(Autoencoder.Config):
        """The width of the code."""

        latent: int = param(4, "Numbers into which a window is squeezed.", low=1, high=64, label="Latent size")

    def __init__(self, config: Any, shape: tuple[int, ...]) -> None:
        super().__init__(config, shape)
        moments, channels = shape
        size = moments * channels
        self.latent = config.latent
        self.encoder = nn.Sequential(nn.Flatten(), nn.Linear(size, 32), nn.GELU(), nn.Linear(32, config.latent))
        self.decoder = nn.Sequential(nn.Linear(config.latent, 32), nn.GELU(), nn.Linear(32, size))

    def encode(self, x: Tensor) -> Tensor:
        """The code of each window, shape (n, latent)."""
        z: Tensor = self.encoder(self.read(x))
        return z

    def decode(self, z: Tensor) -> Tensor:
        """The windows that codes stand for, shape (n, time, channel)."""
        return self.decoder(z).view(len(z), *self.shape)
