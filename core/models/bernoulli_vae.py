"""The variational autoencoder for inputs between 0 and 1: each output is a probability."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from core.models import MODELS
from core.models.vae import VariationalAutoencoder
from core.params import param

_EDGE = 1e-6
"""The logarithms of 0 and 1 are not finite: reconstructions are held this far from both."""


@MODELS.register("bernoulli_vae")
class BernoulliVariationalAutoencoder(VariationalAutoencoder):
    """Judges by the binary cross-entropy -x log x_hat - (1 - x) log(1 - x_hat), plus beta x KL.

    The entropy of x itself, which no network can change, is taken off: the gradients are the same, and a perfect
    reconstruction has the error 0 whatever the value. Without that a value in the middle would always look worse than
    one at the edge. What lies outside [0, 1], which no training row does under the min-max encoding, adds the square of
    its distance.

    Kingma and Welling, "Auto-Encoding Variational Bayes", 2014, appendix C.1.
    """

    searched_with: ClassVar[Mapping[str, tuple[str, ...]]] = {"encoding.numbers": ("minmax",)}
    title = "Bernoulli VAE"
    when = "When columns are yes or no, shares, or levels: numbers scaled to between 0 and 1 (min-max encoding)."

    @dataclass(frozen=True)
    class Config(VariationalAutoencoder.Config):
        """The variational form with an output between 0 and 1."""

        hidden_dims: tuple[int, ...] = param(
            (400,),
            "Units of each layer from the input to the code, such as 128, 64. The way back mirrors them.",
            low=1,
            high=65_536,
            label="Hidden layers",
            when={"hidden_unit": ("units", "percent")},
        )
        # Not in the form: a probability has no other range.
        output: str = "sigmoid"

    def error(self, x: Tensor, output: Tensor) -> Tensor:
        """KL(Bernoulli(x) || Bernoulli(x_hat)) per position, and the squared distance of x from [0, 1]."""
        p = output.to(x.dtype).clamp(_EDGE, 1 - _EDGE)
        inside = x.clamp(0, 1)
        divergence = _plogp(inside) + _plogp(1 - inside) - inside * p.log() - (1 - inside) * (-p).log1p()
        # Rounding may leave a hair below 0.
        return divergence.clamp_min(0) + (x - inside).square()


def _plogp(x: Tensor) -> Tensor:
    """The product x log x, and 0 at 0."""
    return x.xlogy(x)
