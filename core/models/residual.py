"""The residual autoencoder: blocks with skip connections, so that deep networks train well."""

from itertools import pairwise

from torch import Tensor, nn

from core.models import MODELS
from core.models._layers import activation, blocks
from core.models.dense import DenseAutoencoder


@MODELS.register("residual")
class ResidualAutoencoder(DenseAutoencoder):
    """Each hidden layer becomes a block f(W2 g(W1 h) + S h), with S the identity, or linear where the width changes.

    He et al., "Deep Residual Learning for Image Recognition", 2016. There is no way around the code itself: what is
    rebuilt has been through it.
    """

    title = "Residual autoencoder"
    when = "When three hidden layers or more are wanted: deep networks learn faster with a way around each block."

    def blocks(self, widths: list[int]) -> list[nn.Module]:
        """A residual block for each layer."""
        return [_Block(self, a, b) for a, b in pairwise(widths)]


class _Block(nn.Module):
    """Two layers and the way around them."""

    def __init__(self, model: DenseAutoencoder, a: int, b: int) -> None:
        super().__init__()
        c = model.config
        inner = blocks(
            [a, b], activation_name=c.activation, slope=c.slope, normalisation=c.normalisation, dropout=c.dropout
        )
        self.inner = nn.Sequential(*inner, nn.Linear(b, b))
        self.around = nn.Identity() if a == b else nn.Linear(a, b, bias=False)
        self.activation = activation(c.activation, c.slope)

    def forward(self, h: Tensor) -> Tensor:
        """The block's output, shape (n, b)."""
        out: Tensor = self.activation(self.inner(h) + self.around(h))
        return out
