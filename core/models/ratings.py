"""Rows of ratings with most of them missing: only what was rated counts."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from core.models import MODELS
from core.models._layers import ACTIVATIONS
from core.models.dense import DenseAutoencoder
from core.params import param

if TYPE_CHECKING:
    from core.modalities.layout import Layout


@MODELS.register("ratings")
class RatingsAutoencoder(DenseAutoencoder):
    """Rebuilds ratings from the observed ones: sum over observed j of (x_j - x_hat_j)² over their number.

    Rows are users, columns are items, blanks are missing. A blank enters as 0, the item's mean after standardisation,
    and counts neither in the loss nor in the score; the network still says what it expects there, which is what a
    recommender shows. The columns that say where values were missing tell it which entries are observed; they are
    neither read nor rebuilt.

    Sedhain et al., "AutoRec", 2015; deep with SELU and dropout: Kuchaiev and Ginsburg, 2017.
    """

    family = "Ratings"
    searched = False  # for tables of another kind
    title = "Masked ratings autoencoder"
    when = "When rows are users, columns are items and most are blank: blanks are not judged, and are filled in."

    @dataclass(frozen=True)
    class Config(DenseAutoencoder.Config):
        """The dense form with the defaults of a recommender."""

        hidden_dims: tuple[int, ...] = param(
            (256,),
            "Units of each layer from the items to the code. The way back mirrors them.",
            low=1,
            high=65_536,
            label="Hidden layers",
            when={"hidden_unit": ("units", "percent")},
        )
        activation: str = param(
            "selu",
            "The bend after each layer. selu keeps the values in range by itself, whatever the number of ratings.",
            choices=tuple(ACTIVATIONS),
        )
        dropout: float = param(
            0.5,
            "Share of units switched off at random in each training step, so that the network does not learn single "
            "users by heart.",
            low=0.0,
            high=0.95,
        )

    def __init__(self, config: Any, shape: tuple[int, ...]) -> None:
        super().__init__(config, shape)
        (width,) = shape
        # Which column says where each one is blank; itself where none does.
        self.flag_of: Tensor
        self.value: Tensor
        self.flagged: Tensor
        self.register_buffer("flag_of", torch.arange(width))
        self.register_buffer("flagged", torch.zeros(width))
        self.register_buffer("value", torch.ones(width))

    def lay_out(self, layout: "Layout") -> None:
        """Keep which columns are ratings, and which say where these are missing."""
        super().lay_out(layout)
        places = torch.arange(layout.size)
        flags = torch.full_like(places, -1) if layout.flag_of is None else torch.from_numpy(layout.flag_of.reshape(-1))
        self.flagged.copy_(flags >= 0)
        self.flag_of.copy_(torch.where(flags >= 0, flags, places))
        self.value.copy_(flags != places)

    @property
    def notes(self) -> tuple[str, ...]:
        """Whether there is anything to leave out."""
        if bool(self.flagged.any()):
            return super().notes
        return (
            *super().notes,
            "No training row has a blank, or the encoding has no missing indicator: every entry counts as observed.",
        )

    def weight(self, x: Tensor) -> Tensor:
        """1 for each rating that was observed, 0 for blanks and for the columns that say where they are."""
        missing = (x[:, self.flag_of] > 0.5).to(x.dtype) * self.flagged.to(x.dtype)
        return (1 - missing) * self.value.to(x.dtype)

    def read(self, x: Tensor) -> Tensor:
        """The observed ratings, 0 elsewhere."""
        return super().read(x) * self.weight(x)

    def decode(self, z: Tensor) -> Tensor:
        """A rating for every item, observed or not; the columns of blanks stay 0, so that a rating is read back."""
        return super().decode(z) * self.value
