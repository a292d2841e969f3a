"""The progressive autoencoder: the code grows while it trains, the most important units first."""

import math
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from core.models import MODELS
from core.models.dense import DenseAutoencoder
from core.params import among, param


@MODELS.register("progressive")
class ProgressiveAutoencoder(DenseAutoencoder):
    """Trains with the first ceil(s d / S) of d code units in stage s of S; the units still to come are held at 0.

    Each stage goes on from the weights of the one before, so that the units are ordered by how much they explain
    (greedy growth as in Karras et al., "Progressive Growing of GANs", 2018; an ordered code as in Rippel et al.,
    "Learning Ordered Representations with Nested Dropout", 2014).
    """

    title = "Progressive autoencoder"
    when = "When a wide code learns badly at once, or the order of the code's units should say how much each explains."

    @dataclass(frozen=True)
    class Config(DenseAutoencoder.Config):
        """The dense form, and how the code grows."""

        stages: int = param(4, "Steps in which the code grows to its full size.", low=1, high=1000, search=among(2, 4))
        stage_epochs: int = param(
            10,
            "Epochs of each stage but the last, which goes on to the end. The code is whole after this many times the "
            "stages less one.",
            low=1,
            high=10_000,
            label="Epochs per stage",
            search=among(2, 5),
        )

    def __init__(self, config: Any, shape: tuple[int, ...]) -> None:
        super().__init__(config, shape)
        # A buffer, so that the best weights and a saved network know their stage.
        self.grown: Tensor
        self.register_buffer("grown", torch.ones(self.latent))

    def start_epoch(self, epoch: float) -> None:
        """Let the code grow."""
        super().start_epoch(epoch)
        stage = min(self.config.stages, 1 + int(epoch // self.config.stage_epochs))
        units = math.ceil(self.latent * stage / self.config.stages)
        self.grown.copy_(torch.arange(self.latent) < units)

    def encode(self, x: Tensor) -> Tensor:
        """The code of each row, 0 in the units that are still to come."""
        return super().encode(x) * self.grown
