"""The ratings autoencoder: rows with most values missing, of which only the observed ones count."""

from dataclasses import dataclass

from core.models import MODELS
from core.models._layers import ACTIVATIONS
from core.models.dense import DenseAutoencoder
from core.params import param


@MODELS.register("ratings")
class RatingsAutoencoder(DenseAutoencoder):
    """Rebuilds ratings from the observed ones: sum over observed j of (x_j - x_hat_j)² over their number.

    Rows are users, columns are items, blanks are missing and masked by the encoding. A blank enters as 0, the item's
    mean after standardisation, and counts neither in the loss nor in the score; the network still says what it expects
    there, which is what a recommender shows.

    Sedhain et al., "AutoRec", 2015; deep with SELU and dropout: Kuchaiev and Ginsburg, 2017.
    """

    family = "Ratings"
    imputes = True
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

    @property
    def notes(self) -> tuple[str, ...]:
        """Whether there is anything to leave out."""
        if self.blank is not None:
            return super().notes
        return (
            *super().notes,
            "The encoding fills missing values in, so that every entry counts as observed. Choose the encoding that "
            "masks missing values (blanks = mask) where they should be left out.",
        )
