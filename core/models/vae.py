"""The variational autoencoder: the code is a distribution, kept near a standard normal one by KL."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from core.models import MODELS
from core.models._layers import initialise
from core.models.dense import DenseAutoencoder
from core.params import between, param

MAX_LOG_VARIANCE = 10.0
"""exp(10) is a standard deviation of 148: nothing useful lies beyond, and exp overflows at 88."""


@MODELS.register("vae")
class VariationalAutoencoder(DenseAutoencoder):
    """Encodes a row as a normal distribution over codes (Kingma and Welling, 2014; beta: Higgins et al., 2017)."""

    family = "Variational"
    title = "Variational autoencoder"
    when = "When each score should come with its uncertainty, or the latent space should be smooth."
    variational = True

    @dataclass(frozen=True)
    class Config(DenseAutoencoder.Config):
        """The dense form, and how strongly the code is kept near a standard normal distribution."""

        reduction: str = param(
            "sum",
            "How one row's squared errors become its loss: their sum, as the theory has it, or their mean (then the KL "
            "term weighs much more).",
            choices=("mean", "sum"),
            label="Loss reduction",
            advanced=True,
        )
        # Not in the form: the heads are linear.
        latent_activation: str = "linear"
        beta: float = param(
            1.0,
            "Weight of the KL term, which keeps the codes near a standard normal distribution. Larger gives a smoother "
            "latent space and coarser reconstructions.",
            low=0.0,
            high=1000.0,
            label="Beta (weight of KL)",
            search=between(0.01, 4.0, log=True),
        )
        anneal_epochs: int = param(
            0,
            "Epochs in which beta rises from 0 to its value, so that the network first learns to reconstruct; 0 uses "
            "the full value from the start.",
            low=0,
            high=10_000,
            label="Beta annealing (epochs)",
        )
        min_log_variance: float = param(
            -10.0,
            "The logarithm of the code's variance never falls below this, so that no code shrinks to a point and the "
            "loss stays finite.",
            low=-30.0,
            high=0.0,
            label="Smallest log variance",
            advanced=True,
        )

    def __init__(self, config: Any, shape: tuple[int, ...]) -> None:
        super().__init__(config, shape)
        self.mean_head = nn.Linear(self.code_input, self.latent)
        self.log_variance_head = nn.Linear(self.code_input, self.latent)
        initialise((self.mean_head, self.log_variance_head), config.initialisation, "linear", config.slope)
        self.annealed = 1.0

    def code_layers(self) -> list[nn.Module]:
        """None: the two heads follow the hidden layers."""
        return []

    def posterior(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log variance of q(z|x), each of shape (n, latent)."""
        h = self.encoder(self.read(x))
        log_variance = self.log_variance_head(h).clamp(self.config.min_log_variance, MAX_LOG_VARIANCE)
        return self.mean_head(h), log_variance

    def encode(self, x: Tensor) -> Tensor:
        """The mean of q(z|x)."""
        return self.posterior(x)[0]

    def loss_terms(self, x: Tensor) -> dict[str, Tensor]:
        """Reconstruction and beta x KL; in evaluation the code is the mean and beta has its full value."""
        return self.elbo_terms(x, *self.posterior(x))

    def elbo_terms(self, x: Tensor, mu: Tensor, log_variance: Tensor) -> dict[str, Tensor]:
        """The same from a posterior that is at hand."""
        z, beta = mu, self.config.beta
        if self.training:
            z = mu + torch.exp(0.5 * log_variance) * torch.randn_like(mu)
            beta = beta * self.annealed
        # KL(q(z|x) || N(0, I)), summed over the code and averaged over the rows.
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
