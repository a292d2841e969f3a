"""A small autoencoder of token sequences: whole numbers go in, logits come out, the error is the cross-entropy."""

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from core.modalities.layout import Layout
from core.models import Autoencoder

LENGTH, VOCABULARY, PADDING = 6, 7, 0
LAYOUT = Layout(axes=("token",), shape=(LENGTH,), blank=PADDING)


class TokenAutoencoder(Autoencoder):
    """Embeds the tokens of a sequence, squeezes them through a code, and says how likely each token is."""

    axes = ("token",)
    number_format = torch.int64
    title = "Token autoencoder"

    def __init__(self, config: Any, shape: tuple[int, ...], code: int = 8) -> None:
        super().__init__(config, shape)
        self.embedding = nn.Embedding(VOCABULARY, 8)
        self.encoder = nn.Sequential(nn.Linear(8 * shape[0], 32), nn.GELU(), nn.Linear(32, code))
        self.decoder = nn.Sequential(nn.Linear(code, 32), nn.GELU(), nn.Linear(32, shape[0] * VOCABULARY))

    def encode(self, x: Tensor) -> Tensor:
        """The code of each sequence, shape (n, code)."""
        z: Tensor = self.encoder(self.embedding(self.read(x)).flatten(1))
        return z

    def decode(self, z: Tensor) -> Tensor:
        """Logits, shape (n, length, vocabulary)."""
        return self.decoder(z).view(len(z), *self.shape, VOCABULARY)

    def error(self, x: Tensor, output: Tensor) -> Tensor:
        """The cross-entropy of each token, shape (n, length)."""
        return cross_entropy(output.movedim(-1, 1), x, reduction="none")

    def expected(self, output: Tensor) -> Tensor:
        """The likeliest tokens, shape (n, length)."""
        return output.argmax(dim=-1)


def network(seed: int = 0) -> TokenAutoencoder:
    """One with its first weights."""
    torch.manual_seed(seed)
    member = TokenAutoencoder(TokenAutoencoder.Config(), (LENGTH,))
    member.lay_out(LAYOUT)
    return member


def sequences(n: int, seed: int = 0) -> np.ndarray:
    """Sequences that count upwards from a random token, of four tokens at least, then padding; (n, length), int64."""
    rng = np.random.default_rng(seed)
    x = 1 + (rng.integers(0, VOCABULARY - 1, (n, 1)) + np.arange(LENGTH)) % (VOCABULARY - 1)
    x[np.arange(LENGTH) >= rng.integers(4, LENGTH + 1, (n, 1))] = PADDING
    return x
