"""The variational autoencoder of images: the code is a distribution, kept near a standard normal one by KL."""

import math
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from core.models import MODELS
from core.models.conv import ConvAutoencoder
from core.models.vae import MAX_LOG_VARIANCE
from core.params import among, between, param

_CHANNELS_HELP = "Channels of each convolution; every one halves the image."


@MODELS.register("conv_vae")
class ConvVariationalAutoencoder(ConvAutoencoder):
    """Encodes an image as a normal distribution over codes (Kingma and Welling, 2014); new images can be drawn."""

    family = "Images"
    title = "Convolutional VAE"
    when = "For small images of one kind, such as digits: a smooth latent space, and new images from it."
    variational = True

    @dataclass(frozen=True)
    class Config(ConvAutoencoder.Config):
        """The convolutions, the code, and how strongly it is kept near a standard normal distribution."""

        channels: tuple[int, ...] = param((32, 64, 128), _CHANNELS_HELP, low=1, high=4_096)
        latent: int = param(
            128, "Numbers into which an image is squeezed, each with a spread of its own.", low=1, high=4_096,
            label="Latent size", search=among(16, 64, 128),
        )  # fmt: skip
        reduction: str = param(
            "sum",
            "How one image's errors become its loss: their sum, as the theory has it, or their mean (then KL weighs "
            "much more).",
            choices=("mean", "sum"),
            label="Loss reduction",
            advanced=True,
        )
        compared: str = param(
            "binary cross-entropy",
            "How a pixel is compared with its reconstruction: as the chance of a bright one, or by squared error.",
            choices=("binary cross-entropy", "squared error"),
            label="Pixels are compared by",
        )
        beta: float = param(
            1.0,
            "Weight of the KL term, which keeps the codes near a standard normal distribution.",
            low=0.0,
            high=1000.0,
            label="Beta (weight of KL)",
            search=between(0.01, 4.0, log=True),
        )
        # Not in the form: what the code is, and what is compared, is said above.
        grid_channels: int = 0
        loss: str = "mse"
        skips: bool = False
        crop: int = 0

    def __init__(self, config: Any, shape: tuple[int, ...]) -> None:
        super().__init__(config, shape)
        size = config.channels[-1] * math.prod(self.grid)
        self.to_code = nn.Flatten()
        self.mean_head = nn.Linear(size, config.latent)
        self.log_variance_head = nn.Linear(size, config.latent)

    def posterior(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log variance of q(z|x), each of shape (n, latent)."""
        h = self.to_code(self._narrowed(self.read(x))[-1])
        return self.mean_head(h), self.log_variance_head(h).clamp(-MAX_LOG_VARIANCE, MAX_LOG_VARIANCE)

    def encode(self, x: Tensor) -> Tensor:
        """The mean of q(z|x)."""
        return self.posterior(x)[0]

    def forward(self, x: Tensor) -> Tensor:
        """The image that the mean of its code stands for."""
        return self.decode(self.encode(x))

    def sample(self, x: Tensor, epsilon: Tensor) -> Tensor:
        """Decode mu + sigma x epsilon."""
        mu, log_variance = self.posterior(x)
        return self.decode(mu + torch.exp(0.5 * log_variance) * epsilon)

    def loss_terms(self, x: Tensor) -> dict[str, Tensor]:
        """Reconstruction and beta x KL; in evaluation the code is the mean."""
        mu, log_variance = self.posterior(x)
        z = mu + torch.exp(0.5 * log_variance) * torch.randn_like(mu) if self.training else mu
        # KL(q(z|x) || N(0, I)), summed over the code and averaged over the images.
        kl = -0.5 * (1 + log_variance - mu.square() - log_variance.exp()).sum() / len(x)
        x_hat, seen = self.decode(z), self.filled(x)
        if self.config.compared == "squared error" or self.config.output != "sigmoid":
            error = (x_hat - seen).square()
        else:
            error = nn.functional.binary_cross_entropy(x_hat.clamp(1e-6, 1 - 1e-6), seen.clamp(0, 1), reduction="none")
        return {"reconstruction": self.reduced(error, x), "kl": self.config.beta * kl}
