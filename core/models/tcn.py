"""The temporal convolutional autoencoder: dilated convolutions that see far, and a code with few moments."""

from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn
from torch.nn.functional import avg_pool1d, interpolate

from core.models import MODELS
from core.models._windows import WindowAutoencoder, padded
from core.params import param


class _Block(nn.Module):
    """Two dilated convolutions with a way around them."""

    def __init__(self, inner: int, outer: int, kernel: int, dilation: int) -> None:
        super().__init__()
        reach = dilation * (kernel - 1) // 2
        self.layers = nn.Sequential(
            nn.Conv1d(inner, outer, kernel, padding=reach, dilation=dilation),
            nn.GELU(),
            nn.Conv1d(outer, outer, kernel, padding=reach, dilation=dilation),
        )
        self.around = nn.Conv1d(inner, outer, 1) if inner != outer else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        """Shape (n, outer, time), as long as it was."""
        h: Tensor = self.around(x) + self.layers(x)
        return nn.functional.gelu(h)


@MODELS.register("tcn")
class TemporalConvolutionalAutoencoder(WindowAutoencoder):
    """Blocks of dilated convolutions, squeezed into a few numbers for every so many moments, and back.

    Thill et al., "Temporal convolutional autoencoder for unsupervised anomaly detection in time series", 2021.
    """

    title = "Temporal convolutional autoencoder"
    when = "When what belongs together lies many moments apart; several times as slow as a dense network."
    searched = False  # several times as slow

    @dataclass(frozen=True)
    class Config(WindowAutoencoder.Config):
        """The form of the network; the decoder mirrors the encoder."""

        filters: int = param(32, "Filters of every convolution: kinds of shapes that it tells apart.", low=1, high=1024)
        blocks: int = param(3, "Blocks; each looks twice as far as the one before.", low=1, high=10)
        kernel: int = param(3, "Moments that a filter looks at, those between them aside.", low=1, high=31)
        latent: int = param(
            4, "Numbers that are kept for every so many moments.", low=1, high=1024, label="Latent size"
        )
        pooled: int = param(
            4, "Moments that are averaged into one of the code.", low=1, high=64, label="Pooled moments"
        )

    def __init__(self, config: Any, shape: tuple[int, ...]) -> None:
        super().__init__(config, shape)
        c = config
        # An even kernel would shift what it sees by half a moment.
        kernel = c.kernel | 1
        into = [_Block(self.channels if k == 0 else c.filters, c.filters, kernel, 2**k) for k in range(c.blocks)]
        self.encoder = nn.Sequential(*into, nn.Conv1d(c.filters, c.latent, 1))
        back = [_Block(c.latent if k == 0 else c.filters, c.filters, kernel, 2**k) for k in range(c.blocks)]
        self.decoder = nn.Sequential(*back, nn.Conv1d(c.filters, self.channels, 1))
        self.code_size = c.latent * -(-self.length // c.pooled)

    def encode(self, x: Tensor) -> Tensor:
        """The code of each window, shape (n, latent x moments)."""
        h = self.encoder(padded(self.read(x).transpose(1, 2), self.config.pooled))
        return avg_pool1d(h, self.config.pooled).flatten(1)

    def decode(self, z: Tensor) -> Tensor:
        """The windows that codes stand for, shape (n, time, channel)."""
        h = interpolate(z.view(len(z), self.config.latent, -1), scale_factor=float(self.config.pooled))
        x_hat: Tensor = self.decoder(h)
        return x_hat[:, :, : self.length].transpose(1, 2)
