"""The building blocks of fully connected networks: activations, blocks, widths, weight initialisation."""

import itertools
import math
from collections.abc import Callable, Iterable

from torch import nn

from core.errors import ConfigError

ACTIVATIONS: dict[str, Callable[[float], nn.Module]] = {
    "relu": lambda slope: nn.ReLU(),
    "leaky_relu": lambda slope: nn.LeakyReLU(slope),
    "gelu": lambda slope: nn.GELU(),
    "selu": lambda slope: nn.SELU(),
    "elu": lambda slope: nn.ELU(),
    "silu": lambda slope: nn.SiLU(),
    "tanh": lambda slope: nn.Tanh(),
    "sigmoid": lambda slope: nn.Sigmoid(),
    "softplus": lambda slope: nn.Softplus(),
    "linear": lambda slope: nn.Identity(),
}
# Which gain xavier and orthogonal weights get; the smooth ones are close to ReLU's.
_GAINS = {"relu": "relu", "leaky_relu": "leaky_relu", "gelu": "relu", "silu": "relu", "elu": "relu", "softplus": "relu"}


def activation(name: str, slope: float = 0.01) -> nn.Module:
    """The activation of that name."""
    return ACTIVATIONS[name](slope)


def blocks(
    widths: list[int], *, activation_name: str, slope: float, normalisation: str, dropout: float
) -> list[nn.Module]:
    """Layers through the given widths, each linear, normalised, activated, thinned out, in this order."""
    layers: list[nn.Module] = []
    for a, b in itertools.pairwise(widths):
        layers.append(nn.Linear(a, b))
        if normalisation == "batch":
            layers.append(nn.BatchNorm1d(b))
        elif normalisation == "layer":
            layers.append(nn.LayerNorm(b))
        if activation_name != "linear":
            layers.append(activation(activation_name, slope))
        if dropout:
            layers.append(nn.Dropout(dropout))
    return layers


def percent_of(width: int, percent: int) -> int:
    """So many percent of the input's width, at least one unit."""
    return max(1, round(width * percent / 100))


def powers_of_two(width: int, latent: int) -> list[int]:
    """The powers of two between the input's width and the code's, falling: 21 and 4 give 16, 8."""
    top = math.ceil(math.log2(width)) if width > 1 else 0
    return [2**k for k in range(top - 1, 0, -1) if latent < 2**k < width]


def hidden_widths(width: int, latent: int, given: tuple[int, ...], unit: str) -> list[int]:
    """The widths of the encoder's hidden layers, as the user says them."""
    if unit == "powers of two":
        return powers_of_two(width, latent)
    if unit == "percent":
        return [percent_of(width, share) for share in given]
    return list(given)


def latent_width(width: int, latent: int, unit: str) -> int:
    """The width of the code.

    Raises
    ------
    ConfigError
        When a size was given in units and is not smaller than the input.
    """
    half = max(1, width // 2)
    if latent == 0:
        return half
    if unit == "percent":
        return percent_of(width, latent)
    if latent < width or latent == 1:
        return latent
    if unit == "fitted":
        return half
    raise ConfigError(
        f"The latent size must be smaller than the {width} encoded input columns. Got {latent}. "
        f"Choose {width - 1} or less, or 0 to take half of the input."
    )


def initialise(modules: Iterable[nn.Module], how: str, activation_name: str, slope: float) -> None:
    """Give the linear layers their first weights; "default" leaves PyTorch's own."""
    if how == "default":
        return
    gain = nn.init.calculate_gain(_GAINS.get(activation_name, "linear"), slope)  # type: ignore[arg-type]
    nonlinearity = "leaky_relu" if activation_name == "leaky_relu" else "relu"
    for module in modules:
        if not isinstance(module, nn.Linear):
            continue
        if how == "xavier":
            nn.init.xavier_uniform_(module.weight, gain)
        elif how == "kaiming":
            nn.init.kaiming_normal_(module.weight, a=slope, nonlinearity=nonlinearity)  # type: ignore[arg-type]
        elif how == "orthogonal":
            nn.init.orthogonal_(module.weight, gain)
        elif how == "lecun":
            nn.init.normal_(module.weight, std=1 / math.sqrt(module.in_features))
        if module.bias is not None:
            nn.init.zeros_(module.bias)
