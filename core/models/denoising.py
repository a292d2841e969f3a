"""The denoising autoencoder, on any base: rebuilds the clean row from a corrupted one."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from core.models import MODELS
from core.models._composed import Composed
from core.params import among, between, param

if TYPE_CHECKING:
    from core.modalities.layout import Layout


@MODELS.register("denoising")
class DenoisingAutoencoder(Composed):
    """Learns to undo noise: the loss of the base with the encoder shown c(x) ~ q(c|x), compared with x.

    Gaussian noise adds sigma epsilon; masking noise sets features to 0, the mean of a standardised column; swap noise
    gives a feature the value that another row of the batch has, so that what it sees is always a value that occurs.
    In evaluation nothing is spoilt.

    Vincent et al., "Extracting and Composing Robust Features with Denoising Autoencoders", 2008 (masking, Gaussian);
    swap noise: Porto Seguro's first place (Jahrer, 2017).
    """

    family = "Denoising"
    title = "Denoising autoencoder"
    when = "When columns depend on each other: it must learn how, instead of copying each. Works on any other network."

    @dataclass(frozen=True)
    class Own:
        """What spoils the rows, and how much."""

        noise: str = param(
            "gaussian",
            "What spoils the rows in training: gaussian adds random numbers, masking blanks whole features, swap takes "
            "a feature's value from another row.",
            choices=("gaussian", "masking", "swap"),
            search=among("gaussian", "masking", "swap"),
        )
        noise_level: float = param(
            0.3,
            "Standard deviation of the random numbers; a column's own is 1 after standardisation.",
            low=0.0,
            high=5.0,
            when={"noise": "gaussian"},
            search=between(0.05, 0.5, log=True),
        )
        noise_share: float = param(
            0.2,
            "Share of a row's features that are blanked or taken from another row.",
            low=0.0,
            high=0.95,
            when={"noise": ("masking", "swap")},
            search=between(0.05, 0.5, log=True),
        )

    def __init__(self, own: Any, config: Any, shape: tuple[int, ...]) -> None:
        super().__init__(own, config, shape)
        self.feature_of: Tensor
        self.register_buffer("feature_of", torch.arange(shape[0]))

    def lay_out(self, layout: "Layout") -> None:
        """Keep which columns belong to one feature: they are spoilt together."""
        super().lay_out(layout)
        self.feature_of.copy_(torch.from_numpy(layout.flat_parts))

    def read(self, x: Tensor) -> Tensor:
        """The rows as the base sees them, spoilt while training."""
        x = super().read(x)
        if not self.training:
            return x
        if self.own.noise == "gaussian":
            level: float = self.own.noise_level
            return x + level * torch.randn_like(x)
        # One draw per feature: an encoded category's columns, and both copies of a number, go together.
        spoilt: Tensor = torch.rand_like(x)[:, self.feature_of] < self.own.noise_share
        if self.own.noise == "masking":
            blanked: Tensor = x.masked_fill(spoilt, 0.0)
            return blanked
        others = torch.randint(len(x), x.shape, device=x.device)[:, self.feature_of]
        swapped: Tensor = torch.where(spoilt, x.gather(0, others), x)
        return swapped
