"""What makes an autoencoder of windows a variational one: its code becomes a distribution, kept near a normal one."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from core.models._windows import WindowAutoencoder
from core.models.vae import MAX_LOG_VARIANCE
from core.params import param


class VariationalWindows(WindowAutoencoder):
    """Put in front of an autoencoder of windows: two heads read its code, and a layer leads back to it.

    Kingma and Welling, 2014; beta: Higgins et al., 2017.
    """

    family = "Variational windows"
    variational = True
    searched = False

    code_size: int
    """Numbers of the code of the network that it stands in front of."""

    @dataclass(frozen=True)
    class Config(WindowAutoencoder.Config):
        """The distribution, and how strongly it is kept near a standard normal one."""

        reduction: str = param(
            "sum",
            "How one window's squared errors become its loss: their sum, as the theory has it, or their mean (then the "
            "KL term weighs much more).",
            choices=("mean", "sum"),
            label="Loss reduction",
            advanced=True,
        )
        gaussian: int = param(
            16, "Numbers of the random code of a window.", low=1, high=4096, label="Size of the random code"
        )
        beta: float = param(
            1.0,
            "Weight of the KL term, which keeps the codes near a standard normal distribution.",
            low=0.0,
            high=1000.0,
            label="Beta (weight of KL)",
        )
        anneal_epochs: int = param(
            0,
            "Epochs in which beta rises from 0 to its value, so that the network first learns to reconstruct.",
            low=0,
            high=10_000,
            label="Beta annealing (epochs)",
        )

    def __init__(self, config: Any, shape: tuple[int, ...]) -> None:
        super().__init__(config, shape)
        self.mean_head = nn.Linear(self.code_size, config.gaussian)
        self.log_variance_head = nn.Linear(self.code_size, config.gaussian)
        self.back = nn.Linear(config.gaussian, self.code_size)
        self.annealed = 1.0

    def posterior(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log variance of q(z|x), each of shape (n, gaussian)."""
        h = super().encode(x)
        return self.mean_head(h), self.log_variance_head(h).clamp(-10.0, MAX_LOG_VARIANCE)

    def encode(self, x: Tensor) -> Tensor:
        """The mean of q(z|x)."""
        return self.posterior(x)[0]

    def decode(self, z: Tensor) -> Tensor:
        """The windows that random codes stand for."""
        return super().decode(self.back(z))

    def loss_terms(self, x: Tensor) -> dict[str, Tensor]:
        """Reconstruction and beta x KL; in evaluation the code is the mean and beta has its full value."""
        mu, log_variance = self.posterior(x)
        z, beta = mu, self.config.beta
        if self.training:
            z = mu + torch.exp(0.5 * log_variance) * torch.randn_like(mu)
            beta = beta * self.annealed
        # KL(q(z|x) || N(0, I)), summed over the code and averaged over the windows.
        kl = -0.5 * (1 + log_variance - mu.square() - log_variance.exp()).sum() / len(x)
        return {"reconstruction": self.reconstruction(x, self.decode(z)), "kl": beta * kl}

    def sample(self, x: Tensor, epsilon: Tensor) -> Tensor:
        """Decode mu + sigma x epsilon."""
        mu, log_variance = self.posterior(x)
        return self.decode(mu + torch.exp(0.5 * log_variance) * epsilon)

    def start_epoch(self, epoch: float) -> None:
        """Let beta rise linearly from 0."""
        epochs = self.config.anneal_epochs
        self.annealed = min(1.0, epoch / epochs) if epochs else 1.0
