"""The plain autoencoder of fully connected layers: the one to start with."""

from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn

from core.models import MODELS
from core.models._layers import ACTIVATIONS, activation, blocks, hidden_widths, initialise, latent_width
from core.models.base import Autoencoder
from core.params import among, between, param


@MODELS.register("dense")
class DenseAutoencoder(Autoencoder):
    """Squeezes a row through a narrow code and rebuilds it; rows unlike those it learnt come back wrong."""

    family = "Dense"
    title = "Dense autoencoder"
    when = "The one to start with: any table of numbers and categories."

    @dataclass(frozen=True)
    class Config(Autoencoder.Config):
        """The form of a network of fully connected layers; the decoder mirrors the encoder."""

        hidden_dims: tuple[int, ...] = param(
            (128, 64),
            "Units of each layer from the input to the code, such as 128, 64. The way back mirrors them. More units "
            "can learn finer patterns, and need more rows.",
            low=1,
            high=65_536,
            label="Hidden layers",
            when={"hidden_unit": ("units", "percent")},
            search=among((64,), (128,), (128, 64), (256, 128), (256, 128, 64), hidden_unit="units"),
        )
        hidden_unit: str = param(
            "units",
            "What the numbers above count: units, percent of the input's columns, or nothing: powers of two from the "
            "input's width down to the code's.",
            choices=("units", "percent", "powers of two"),
            label="Hidden layers are given in",
            advanced=True,
        )
        latent: int = param(
            0,
            "Numbers into which a row is squeezed. Small forces the network to learn what matters; too small and "
            "normal rows come back wrong too. 0 takes half of the input's columns.",
            low=0,
            high=65_536,
            label="Latent size",
            search=between(5, 75, log=True, latent_unit="percent"),
        )
        latent_unit: str = param(
            "units",
            "What the latent size counts. units: as said, and it must be smaller than the input; fitted: as said, or "
            "half of the input where that is not wider; percent: of the input's columns.",
            choices=("units", "fitted", "percent"),
            label="Latent size is given in",
            advanced=True,
        )
        activation: str = param(
            "relu",
            "The bend after each layer, without which the network could only draw straight lines. gelu is a smooth "
            "relu; linear is no bend at all.",
            choices=tuple(ACTIVATIONS),
            search=among("relu", "gelu", "leaky_relu", "tanh"),
        )
        slope: float = param(
            0.01,
            "How much of a negative value leaky_relu lets through.",
            low=0.0,
            high=1.0,
            label="Negative slope",
            when={"activation": "leaky_relu"},
        )
        latent_activation: str = param(
            "linear",
            "The bend on the code itself; linear leaves it free.",
            choices=tuple(ACTIVATIONS),
            advanced=True,
        )
        normalisation: str = param(
            "none",
            "Keeps the values between layers in a steady range: over the batch, or over each row's layer. Often makes "
            "training faster and steadier.",
            choices=("none", "batch", "layer"),
            search=among("none", "batch", "layer"),
        )
        dropout: float = param(
            0.0,
            "Share of units switched off at random in each training step, so that the network does not learn single "
            "rows by heart.",
            low=0.0,
            high=0.95,
            search=among(0.0, 0.1, 0.2),
        )
        output: str = param(
            "linear",
            "The last layer's range: linear for any number, sigmoid for inputs scaled to between 0 and 1.",
            choices=("linear", "sigmoid"),
        )
        initialisation: str = param(
            "default",
            "How the first weights are drawn. xavier suits tanh and sigmoid, kaiming suits relu, lecun suits selu, "
            "orthogonal suits deep networks; default is PyTorch's own.",
            choices=("default", "xavier", "kaiming", "orthogonal", "lecun"),
            label="First weights",
            advanced=True,
        )

    def __init__(self, config: Any, shape: tuple[int, ...]) -> None:
        super().__init__(config, shape)
        (width,) = shape
        self.latent = latent_width(width, config.latent, config.latent_unit)
        self.hidden = hidden_widths(width, self.latent, config.hidden_dims, config.hidden_unit)
        self.encoder = nn.Sequential(*self.blocks([self.encoder_input, *self.hidden]), *self.code_layers())
        self.decoder = self.build_decoder([self.latent, *reversed(self.hidden)])
        initialise(self.modules(), config.initialisation, config.activation, config.slope)

    @property
    def encoder_input(self) -> int:
        """Numbers that the encoder reads per row."""
        return self.shape[0]

    def build_decoder(self, widths: list[int]) -> nn.Sequential:
        """The way from the code, through layers of the widths that follow it, back to a row."""
        decoder = nn.Sequential(*self.blocks(widths), nn.Linear(widths[-1], self.shape[0]))
        if self.config.output == "sigmoid":
            decoder.append(nn.Sigmoid())
        return decoder

    def code_layers(self) -> list[nn.Module]:
        """The layers that end in the code; a variant with several heads has none here and its own elsewhere."""
        layers: list[nn.Module] = [nn.Linear(self.code_input, self.latent)]
        if self.config.latent_activation != "linear":
            layers.append(activation(self.config.latent_activation))
        return layers

    @property
    def code_input(self) -> int:
        """Units of the last hidden layer, or the input's width where there is none."""
        return self.hidden[-1] if self.hidden else self.encoder_input

    @property
    def notes(self) -> tuple[str, ...]:
        """What "fitted" made of a latent size that is not smaller than the input."""
        wanted = self.config.latent
        if self.config.latent_unit == "fitted" and wanted not in (0, self.latent):
            return (
                f"The latent size is {self.latent} instead of {wanted}, because there are only {self.shape[0]} "
                "encoded input columns.",
            )
        return ()

    def encode(self, x: Tensor) -> Tensor:
        """The code of each row, shape (n, latent)."""
        z: Tensor = self.encoder(self.read(x))
        return z

    def decode(self, z: Tensor) -> Tensor:
        """The rows that codes stand for, shape (n, width)."""
        x_hat: Tensor = self.decoder(z)
        return x_hat

    def blocks(self, widths: list[int]) -> list[nn.Module]:
        """Layers through the given widths, as the settings say."""
        c = self.config
        return blocks(
            widths, activation_name=c.activation, slope=c.slope, normalisation=c.normalisation, dropout=c.dropout
        )
