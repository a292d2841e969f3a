"""The diffusion denoising autoencoder: each row's noise level is drawn from a diffusion schedule."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from core.models import MODELS
from core.models._views import ViewsAutoencoder
from core.params import between, param

_TIME_WIDTH = 4
"""Numbers that tell the network how noisy a row is: sine and cosine of two frequencies."""
_FIRST, _LAST = 1e-4, 0.02
"""beta_1 and the last beta of the linear schedule (Ho et al., 2020)."""


@MODELS.register("diffusion")
class DiffusionDenoisingAutoencoder(ViewsAutoencoder):
    """Rebuilds x from x_t = sqrt(a_t) x + sqrt(1 - a_t) eps and from t, drawn for each row anew.

    a_t is the product of 1 - beta_s over s <= t; the loss is ||f(x_t, t) - x||². A row's score is the mean error over
    several levels t, with noise that is drawn once and is the same for all rows, so that a score depends on nothing
    but its row.

    Sattarov, Schreyer and Borth, "Diffusion-Scheduled Denoising Autoencoders for Anomaly Detection in Tabular Data",
    KDD 2025. They add up the errors of all levels, each with fresh noise.
    """

    family = "Denoising"
    title = "Diffusion denoising autoencoder"
    when = "When a single level of noise suits no table: it learns all levels, and needs no narrow code."

    @dataclass(frozen=True)
    class Config(ViewsAutoencoder.Config):
        """The dense form, and the schedule of the noise."""

        noise_steps: int = param(
            50,
            "Steps of the diffusion: more means noisier rows. Few (around 50) suit training on normal rows, many "
            "(several hundred) rows that hold anomalies themselves.",
            low=2,
            high=1000,
            label="Diffusion steps",
            search=between(20, 500, log=True),
        )
        noise_schedule: str = param(
            "linear",
            "How the noise grows with the steps: linear slowly at first and by the number of steps, cosine all the way "
            "to pure noise.",
            choices=("linear", "cosine"),
        )
        levels: int = param(
            8,
            "Levels of noise over which a row's error is averaged; more is steadier and takes longer.",
            low=1,
            high=100,
            label="Levels that are scored",
            advanced=True,
        )

    def __init__(self, config: Any, shape: tuple[int, ...]) -> None:
        super().__init__(config, shape)
        self.signal: Tensor
        self.noise: Tensor
        self.scored: Tensor
        steps = config.noise_steps
        # a_t for t = 1 … steps: the share of the row's variance that is kept.
        self.register_buffer("signal", _schedule(config.noise_schedule, steps).float())
        self.register_buffer("scored", torch.linspace(0, steps - 1, config.levels + 2)[1:-1].round().long())
        self.register_buffer("noise", torch.randn(config.levels, shape[0]))

    @property
    def encoder_input(self) -> int:
        """The row, and how noisy it is."""
        return self.shape[0] + _TIME_WIDTH

    def noisy(self, x: Tensor, t: Tensor, epsilon: Tensor) -> Tensor:
        """x_t with t beside it; ``t`` has the shape of ``x`` without its last axis."""
        signal = self.signal[t].to(x.dtype)[..., None]
        return torch.cat([signal.sqrt() * x + (1 - signal).sqrt() * epsilon, _embedding(t).to(x.dtype)], dim=-1)

    def views(self, x: Tensor) -> Tensor:
        """The rows at every level that is scored."""
        k, n = len(self.scored), len(x)
        t = self.scored[:, None].expand(k, n)
        return self.noisy(x.expand(k, n, -1), t, self.noise[:, None].to(x.dtype))

    def loss_terms(self, x: Tensor) -> dict[str, Tensor]:
        """One random level per row in training; the levels that are scored in evaluation."""
        if not self.training:
            return {"reconstruction": self.reconstruction(x, self(x))}
        seen = self.read(x)
        t = torch.randint(len(self.signal), (len(x),), device=x.device)
        output = self.decode(self.encoder(self.noisy(seen, t, torch.randn_like(seen))))
        return {"reconstruction": self.single(x, output)}


def _schedule(name: str, steps: int) -> Tensor:
    if name == "linear":
        return torch.cumprod(1 - torch.linspace(_FIRST, _LAST, steps, dtype=torch.float64), dim=0)
    # Nichol and Dhariwal, 2021.
    t = torch.arange(1, steps + 1, dtype=torch.float64) / steps
    start = torch.tensor(0.008 / 1.008 * torch.pi / 2).cos().square()
    return (((t + 0.008) / 1.008 * torch.pi / 2).cos().square() / start).clamp(1e-5, 1)


def _embedding(t: Tensor) -> Tensor:
    """Sinusoidal embedding of the level, shape (*t.shape, 4)."""
    half = _TIME_WIDTH // 2
    frequency = 10_000.0 ** (-torch.arange(half, device=t.device) / half)
    angle = (t[..., None] + 1) * frequency
    return torch.cat([angle.cos(), angle.sin()], dim=-1)
