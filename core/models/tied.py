"""The tied autoencoder: the decoder's weights are the transposes of the encoder's."""

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn.functional import linear

from core.models import MODELS
from core.models._layers import blocks
from core.models.dense import DenseAutoencoder


@MODELS.register("tied")
class TiedAutoencoder(DenseAutoencoder):
    """Decodes with W' where it encodes with W; each layer of the decoder has its own bias and normalisation.

    Vincent et al., "Stacked Denoising Autoencoders", 2010, section 2. With linear activations the best such network is
    a principal component analysis.
    """

    title = "Tied-weights autoencoder"
    when = "When there are few rows for the number of columns: it has half of the weights to learn."

    def build_decoder(self, widths: list[int]) -> nn.Sequential:
        """What follows each transposed weight: bias, normalisation, activation; at the end the output."""
        c = self.config
        steps: list[nn.Module] = []
        for pair in pairwise(widths):
            after = blocks(
                list(pair),
                activation_name=c.activation,
                slope=c.slope,
                normalisation=c.normalisation,
                dropout=c.dropout,
            )
            steps.append(_Step(pair[1], after[1:]))
        steps.append(_Step(self.shape[0], [nn.Sigmoid()] if c.output == "sigmoid" else []))
        return nn.Sequential(*steps)

    def decode(self, z: Tensor) -> Tensor:
        """The rows that codes stand for, through the encoder's weights from the last to the first."""
        weights = [layer.weight for layer in self.encoder if isinstance(layer, nn.Linear)]
        for weight, step in zip(reversed(weights), self.decoder, strict=True):
            z = step(z, weight)
        return z


class _Step(nn.Module):
    """A layer of the decoder without a weight of its own."""

    def __init__(self, width: int, after: list[nn.Module]) -> None:
        super().__init__()
        self.bias = nn.Parameter(torch.zeros(width))
        self.after = nn.Sequential(*after)

    def forward(self, h: Tensor, weight: Tensor) -> Tensor:
        """``h`` through the transpose of ``weight``."""
        out: Tensor = self.after(linear(h, weight.t(), self.bias))
        return out
