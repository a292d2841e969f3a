"""What an autoencoder is here: a code, a reconstruction, loss terms by name, and an error per position.

A variant overrides ``encode`` and ``decode``, and where it needs to ``loss_terms``, ``error`` or ``weight``. Its nested
frozen ``Config`` is its form. The base knows neither how rows become numbers nor how a network is trained.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import torch
from torch import Tensor, nn

from core.errors import ConfigError
from core.params import build, param

if TYPE_CHECKING:
    from core.modalities.layout import Layout


class Autoencoder(nn.Module):
    """Base of every autoencoder.

    Parameters
    ----------
    config
        The variant's settings, an instance of its ``Config``.
    shape
        The size of one sample along each of ``axes``: ``(width,)`` for a table.

    Raises
    ------
    ConfigError
        When the settings do not fit the shape.
    """

    axes: ClassVar[tuple[str, ...]] = ("feature",)
    """How the samples it reads are laid out."""
    family: ClassVar[str] = "Autoencoders"
    """The group under which a picker shows it."""
    title: ClassVar[str] = ""
    """Its name on screen."""
    when: ClassVar[str] = ""
    """One line on when to use it."""
    searched: ClassVar[bool] = True
    """Whether a search tries it without being told to: it suits any table and takes no multiple of the usual time."""
    searched_with: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    """What it narrows of the settings around it in a search: ``{"encoding.numbers": ("minmax",)}``."""

    @dataclass(frozen=True)
    class Config:
        """Settings that every autoencoder has."""

        reduction: str = param(
            "mean",
            "How one row's squared errors become its loss: their mean, or their sum (then wide rows weigh more "
            "against any other term of the loss).",
            choices=("mean", "sum"),
            label="Loss reduction",
            advanced=True,
        )

    def __init__(self, config: Any, shape: tuple[int, ...]) -> None:
        super().__init__()
        if len(shape) != len(self.axes):
            raise ConfigError(
                f"{self.title} reads samples with the axes {', '.join(self.axes)}. Got samples of shape {shape}. "
                "Choose a model that reads this kind of data."
            )
        self.config = config
        self.shape = shape

    @classmethod
    def create(cls, settings: Mapping[str, Any], shape: tuple[int, ...]) -> "Autoencoder":
        """A network from plain settings; what is not named keeps its default."""
        return cls(build(cls.Config, settings), shape)

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences for the user about what was chosen while building."""
        return ()

    def lay_out(self, layout: "Layout") -> None:
        """Called once before training with what the positions mean; what is kept of it must be a buffer."""
        return None

    def read(self, x: Tensor) -> Tensor:
        """What the encoder is shown of the samples: these themselves, unless noise or a mask comes in between.

        Every encoder begins with it, so that a variant that changes what is seen works on top of any other.
        """
        return x

    def encode(self, x: Tensor) -> Tensor:
        """The code of each sample, shape (n, latent)."""
        raise NotImplementedError

    def decode(self, z: Tensor) -> Tensor:
        """The samples that codes stand for, shape (n, *shape)."""
        raise NotImplementedError

    def forward(self, x: Tensor) -> Tensor:
        """The reconstruction ``x_hat``, of the shape of ``x``."""
        x_hat: Tensor = self.decode(self.encode(x))
        return x_hat

    def loss_terms(self, x: Tensor) -> dict[str, Tensor]:
        """The terms of the loss by name, each a scalar; the loss is their sum and each is tracked apart."""
        return {"reconstruction": self.reconstruction(x, self(x))}

    def reconstruction(self, x: Tensor, x_hat: Tensor) -> Tensor:
        """The reconstruction term: the error per position, reduced per row as the settings say, averaged over rows."""
        error, weight = self.error(x, x_hat), self.weight(x)
        if weight is not None:
            error = error * weight
        if self.config.reduction == "sum":
            return error.sum() / len(x)
        return error.mean() if weight is None else error.sum() / weight.sum().clamp_min(1e-12)

    def error(self, x: Tensor, x_hat: Tensor | None = None) -> Tensor:
        """The error per position, of the shape of ``x``: squared here, and never negative anywhere.

        Parameters
        ----------
        x
            The samples.
        x_hat
            Their reconstruction where it is at hand already.
        """
        x_hat = self(x) if x_hat is None else x_hat
        # bf16 arithmetic ends here: errors are summed in the precision of the data.
        return torch.nn.functional.mse_loss(x_hat.to(x.dtype), x, reduction="none")

    def weight(self, x: Tensor) -> Tensor | None:
        """How much each position counts, of the shape of ``x`` (0 for unrated, missing or padding); None: all alike."""
        return None

    def sample(self, x: Tensor, epsilon: Tensor) -> Tensor:
        """A reconstruction from a random code, for Monte-Carlo scores.

        Parameters
        ----------
        x
            The samples.
        epsilon
            Standard normal noise of the code's width, the same for all samples, so that a score does not depend on a
            row's neighbours. Networks without a random code ignore it.
        """
        x_hat: Tensor = self(x)
        return x_hat

    variational: ClassVar[bool] = False
    """Whether ``sample`` draws from a distribution, so that Monte-Carlo passes mean something."""

    def generate(self, epsilon: Tensor) -> Tensor:
        """New samples from the prior: what standard normal codes, shape (n, latent), stand for."""
        return self.decode(epsilon)

    sparse: ClassVar[bool] = False
    """Whether few units of its code are meant to be active, so that how active they are is worth telling."""

    def active(self, z: Tensor) -> Tensor:
        """How active the units of some codes are, of the shape of ``z`` and never negative."""
        return z.abs()

    def start_epoch(self, epoch: float) -> None:
        """Called before training passes with the number of epochs done, for what changes while training (annealing)."""
        return None
