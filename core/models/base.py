"""What an autoencoder is here: a code, an output, its error per position, the sample that it expects, and loss terms.

The network's *output* may have any shape: a reconstruction, logits, several reconstructions at once. What is compared
with the samples is the *error*, one number per position; what is shown to people is the *expected* sample. A variant
overrides ``encode`` and ``decode``, and where it needs to ``error``, ``expected``, ``loss_terms`` or ``weight``. Its
nested frozen ``Config`` is its form. The base knows neither how samples become numbers nor how a network is trained.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
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
    number_format: ClassVar[torch.dtype] = torch.float32
    """Of the samples that it reads; a whole-number format where they are tokens."""
    family: ClassVar[str] = "Autoencoders"
    """The group under which a picker shows it."""
    title: ClassVar[str] = ""
    """Its name on screen."""
    when: ClassVar[str] = ""
    """One line on when to use it."""
    searched: ClassVar[bool] = True
    """Whether a search tries it where no models are named: it suits any table and takes about the usual time."""
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
        self.blank: float | None = None
        self.copies: NDArray[np.bool_] | None = None
        self.main: Tensor | None = None
        """1 at positions that it reads and rebuilds, 0 at others, of a sample's shape; None where it reads all."""
        self.built_as: tuple[int, ...] | None = None
        """The shape that its layers' widths were settled for, where that was another one (ratings of before)."""

    @classmethod
    def create(cls, settings: Mapping[str, Any], shape: tuple[int, ...]) -> "Autoencoder":
        """A network from plain settings; what is not named keeps its default."""
        return cls(build(cls.Config, settings), shape)

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences for the user about what was chosen while building."""
        return ()

    def lay_out(self, layout: "Layout") -> None:
        """Called before training, and after loading, with what the positions mean."""
        self.blank, self.copies = layout.blank, layout.copies
        self.main = None if layout.minor is None else torch.from_numpy(~layout.minor).float().view(self.shape)

    def read(self, x: Tensor) -> Tensor:
        """What the encoder is shown of the samples: these themselves, with 0 for NaN, unless noise comes in between.

        Every encoder begins with it, so that a variant that changes what is seen works on top of any other.
        """
        x = self.filled(x)
        return x if self.main is None else x * self._main_on(x)

    def filled(self, x: Tensor) -> Tensor:
        """The samples with 0 where they are NaN: what is read and compared there."""
        if self.blank is None or not math.isnan(self.blank):
            return x
        return torch.where(x.isnan(), 0.0, x)

    def encode(self, x: Tensor) -> Tensor:
        """The code of each sample, shape (n, latent)."""
        raise NotImplementedError

    def summary(self, x: Tensor) -> Tensor:
        """The code of each sample as maps and neighbours read it, shape (n, width): itself, unless it is a grid."""
        return self.encode(x)

    def decode(self, z: Tensor) -> Tensor:
        """The output that codes stand for: samples, shape (n, *shape), or what :meth:`expected` makes samples of."""
        raise NotImplementedError

    def forward(self, x: Tensor) -> Tensor:
        """The output, of any shape that begins with the number of samples; by default their reconstruction."""
        output: Tensor = self.decode(self.encode(x))
        return output

    def expected(self, output: Tensor) -> Tensor:
        """The samples that the network expects, of the shape of ``x``: by default its output.

        Where the output is a distribution over tokens, the likeliest ones.
        """
        return output

    def loss_terms(self, x: Tensor) -> dict[str, Tensor]:
        """The terms of the loss by name, each a scalar; the loss is their sum and each is tracked apart."""
        return {"reconstruction": self.reconstruction(x, self(x))}

    def reconstruction(self, x: Tensor, output: Tensor) -> Tensor:
        """The reconstruction term of the loss: the error per position, reduced to one number."""
        return self.reduced(self.error(self.filled(x), output), x)

    def reduced(self, error: Tensor, x: Tensor) -> Tensor:
        """Errors per position of the samples ``x``, weighted, reduced per sample as the settings say, averaged."""
        weight = self.weight(x)
        if weight is not None:
            error = error * weight
        if self.config.reduction == "sum":
            return error.sum() / len(x)
        return error.mean() if weight is None else error.sum() / weight.sum().clamp_min(1e-12)

    def error(self, x: Tensor, output: Tensor) -> Tensor:
        """The error per position, shape (n, *shape): squared here, and never negative anywhere.

        Parameters
        ----------
        x
            The samples, :meth:`filled`; in float64, with an output in float64, where float32 would overflow.
        output
            What the network made of them.
        """
        # bf16 arithmetic ends here: errors are summed in the precision of the data.
        return torch.nn.functional.mse_loss(self.expected(output).to(x.dtype), x, reduction="none")

    def weight(self, x: Tensor) -> Tensor | None:
        """How much each position counts, of the shape of ``x``: 0 where it has no value; None where all count alike."""
        if self.blank is None:
            return None if self.main is None else self._main_on(x).expand(x.shape)
        found = x != self.blank if not math.isnan(self.blank) else ~x.isnan()
        there = found.to(x.dtype if x.is_floating_point() else torch.float32)
        return there if self.main is None else there * self._main_on(x)

    def _main_on(self, x: Tensor) -> Tensor:
        """:attr:`main` where some samples are, and in their number format."""
        assert self.main is not None
        if self.main.device != x.device or self.main.dtype != x.dtype:
            return self.main.to(x.device, x.dtype)
        return self.main

    def sample(self, x: Tensor, epsilon: Tensor) -> Tensor:
        """An output from a random code, for Monte-Carlo scores.

        Parameters
        ----------
        x
            The samples.
        epsilon
            Standard normal noise of the code's width, the same for all samples, so that a score does not depend on a
            row's neighbours. Networks without a random code ignore it.
        """
        output: Tensor = self(x)
        return output

    @property
    def code_width(self) -> int:
        """How many numbers a code has."""
        nothing = torch.zeros((1, *self.shape), dtype=self.number_format, device=next(self.parameters()).device)
        return self.encode(nothing).shape[-1]

    variational: ClassVar[bool] = False
    """Whether ``sample`` draws from a distribution, so that Monte-Carlo passes mean something."""

    def generate(self, epsilon: Tensor) -> Tensor:
        """New samples from the prior: what standard normal codes, shape (n, latent), stand for."""
        return self.expected(self.decode(epsilon))

    imputes: ClassVar[bool] = False
    """Whether what it expects where a sample has no value is an answer of its own: a recommender's items."""

    sparse: ClassVar[bool] = False
    """Whether few units of its code are meant to be active, so that how active they are is worth telling."""

    def active(self, z: Tensor) -> Tensor:
        """How active the units of some codes are, of the shape of ``z`` and never negative."""
        return z.abs()

    def start_epoch(self, epoch: float) -> None:
        """Called before training passes with the number of epochs done, for what changes while training (annealing)."""
        return None
