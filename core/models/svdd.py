"""Deep SVDD with reconstruction: the squared distance of the code from a hypersphere's centre is added."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from core.models import MODELS
from core.models._layers import ACTIVATIONS
from core.models.dense import DenseAutoencoder
from core.params import among, between, param

_LEAST = 0.1
"""No coordinate of the centre is nearer to 0: zero weights would reach a centre at 0."""
_BOUNDED = ("tanh", "sigmoid")
"""A bounded activation can be driven to its bound, which is a bias by another name."""


@MODELS.register("svdd")
class DeepSupportVectorDescription(DenseAutoencoder):
    """Adds w ||z - c||² / d to the reconstruction error, in the loss and in the score; d is the code's size.

    The centre c is the mean code of the first batch under the first weights, its coordinates at least 0.1 from 0, and
    stays. Against the collapse of every code into c: the decoder must rebuild rows from their codes, the encoder has
    neither biases nor bounded activations, and c is not 0. The distance belongs to no column: in the error per
    position each gets the same part.

    Ruff et al., "Deep One-Class Classification", ICML 2018; with the reconstruction kept, as in their pre-training.
    """

    family = "One class"
    title = "Deep SVDD autoencoder"
    when = "When normal rows are of one kind and crowd together; a row is judged by its place as well as its error."

    @dataclass(frozen=True)
    class Config(DenseAutoencoder.Config):
        """The dense form, and the hypersphere's weight."""

        activation: str = param(
            "relu",
            "The bend after each layer. Bounded ones are not offered: they let every code collapse into one point.",
            choices=tuple(name for name in ACTIVATIONS if name not in _BOUNDED),
            search=among("relu", "gelu", "leaky_relu"),
        )
        # Not in the form: a bend on the code could collapse it, and the shift of a normalisation is a bias.
        latent_activation: str = "linear"
        normalisation: str = "none"
        distance: float = param(
            0.1,
            "Weight of the distance between a row's code and the centre, against the reconstruction error.",
            low=0.0,
            high=1000.0,
            label="Weight of the distance",
            search=between(0.01, 10.0, log=True),
        )

    def __init__(self, config: Any, shape: tuple[int, ...]) -> None:
        super().__init__(config, shape)
        for layer in self.encoder:
            if isinstance(layer, nn.Linear):
                layer.register_parameter("bias", None)
        self.centre: Tensor
        self.centred: Tensor
        self.register_buffer("centre", torch.zeros(self.latent))
        self.register_buffer("centred", torch.zeros(()))

    def distances(self, z: Tensor) -> Tensor:
        """Weighted mean squared distance of each code from the centre, shape (n,)."""
        weight: float = self.config.distance
        return weight * (z - self.centre).square().mean(dim=1)

    def decode(self, z: Tensor) -> Tensor:
        """The rows that codes stand for, and behind each the distance of its code, shape (n, width + 1)."""
        return torch.cat([super().decode(z), self.distances(z)[:, None]], dim=1)

    def expected(self, output: Tensor) -> Tensor:
        """The rows without the distances."""
        return output[:, :-1]

    def loss_terms(self, x: Tensor) -> dict[str, Tensor]:
        """The reconstruction, and the distance of the codes from the centre."""
        z = self.encode(x)
        if self.training:
            self._place(z.detach())
        squared = super().error(self.filled(x), self.decode(z))
        distance = self.distances(z).mean()
        if self.config.reduction == "sum":
            distance = distance * squared.shape[1]
        return {"reconstruction": self.reduced(squared, x), "distance": distance}

    def error(self, x: Tensor, output: Tensor) -> Tensor:
        """The squared error per position, and at each of them the row's distance."""
        return super().error(x, output) + output[:, -1:].to(x.dtype)

    def _place(self, z: Tensor) -> None:
        """Put the centre where the first batch's codes are; without a look at the flag, for which a GPU would wait."""
        mean = z.mean(dim=0)
        mean = torch.where(mean < 0, mean.clamp(max=-_LEAST), mean.clamp(min=_LEAST))
        self.centre.copy_(torch.where(self.centred > 0, self.centre, mean))
        self.centred.fill_(1.0)
