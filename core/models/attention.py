"""The attention autoencoder: features are tokens that attend to each other before the dense encoder."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention

from core.errors import ConfigError
from core.models import MODELS
from core.models.dense import DenseAutoencoder
from core.params import among, param

if TYPE_CHECKING:
    from core.modalities.layout import Layout


@MODELS.register("attention")
class AttentionAutoencoder(DenseAutoencoder):
    """Self-attention over feature tokens, softmax(QK' / sqrt(d)) V, then the dense encoder on what came of it.

    A feature's token is the sum of w_j x_j + b_j over its encoded columns j (one for a number, one per level of a
    category). After the attention layers each column reads its feature's token, and what it reads is added to x. The
    decoder is dense.

    Vaswani et al., "Attention Is All You Need", 2017; feature tokens: Gorishniy et al., "Revisiting Deep Learning
    Models for Tabular Data", 2021.
    """

    searched = False  # many times as slow
    title = "Attention autoencoder"
    when = "When what is normal in one column depends on others, differently from row to row; up to about 100 columns."

    @dataclass(frozen=True)
    class Config(DenseAutoencoder.Config):
        """The dense form, and the attention before it."""

        token_width: int = param(
            16, "Numbers that describe each feature while they look at each other.", low=1, high=512
        )
        heads: int = param(
            2, "Views that each feature takes of the others; must divide the width of a token.", low=1, high=64
        )
        layers: int = param(1, "Rounds in which the features look at each other.", low=1, high=12, search=among(1, 2))

    def __init__(self, config: Any, shape: tuple[int, ...]) -> None:
        super().__init__(config, shape)
        if config.token_width % config.heads:
            wider = config.heads * -(-config.token_width // config.heads)
            raise ConfigError(
                f"The number of heads must divide the width of a token. Got {config.heads} heads and a "
                f"width of {config.token_width}. Choose a width of {wider}."
            )
        (width,) = shape
        self.column = nn.Parameter(torch.empty(width, config.token_width).uniform_(-1, 1) * config.token_width**-0.5)
        self.column_bias = nn.Parameter(
            torch.empty(width, config.token_width).uniform_(-1, 1) * config.token_width**-0.5
        )
        self.rounds = nn.ModuleList(_Round(config.token_width, config.heads) for _ in range(config.layers))
        self.norm = nn.LayerNorm(config.token_width)
        self.readout = nn.Parameter(torch.empty(width, config.token_width).uniform_(-1, 1) * config.token_width**-0.5)
        self.feature_of: Tensor
        self.register_buffer("feature_of", torch.arange(width))
        self._features = 0

    def lay_out(self, layout: "Layout") -> None:
        """Keep which columns belong to one feature: they share a token."""
        super().lay_out(layout)
        self.feature_of.copy_(torch.from_numpy(layout.flat_parts))
        self._features = layout.n_parts

    def attend(self, x: Tensor) -> Tensor:
        """What each column reads off its feature's token after all have looked at each other, shape (n, width)."""
        if not self._features:
            # A network that was loaded knows its columns from the buffer.
            self._features = int(self.feature_of.max()) + 1
        parts = x[..., None] * self.column + self.column_bias
        if self._features == x.shape[1]:
            tokens = parts
        else:
            empty = parts.new_zeros(len(x), self._features, parts.shape[2])
            tokens = empty.index_add(1, self.feature_of, parts)
        for layer in self.rounds:
            tokens = layer(tokens)
        read = self.norm(tokens).index_select(1, self.feature_of)
        found: Tensor = (read * self.readout).sum(dim=2)
        return found

    def encode(self, x: Tensor) -> Tensor:
        """The code of each row, shape (n, latent)."""
        seen = self.read(x)
        z: Tensor = self.encoder(seen + self.attend(seen))
        return z


class _Round(nn.Module):
    """Attention and a small network for each token, both with a way around and normalised before."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm_1, self.norm_2 = nn.LayerNorm(width), nn.LayerNorm(width)
        # No bias on the keys: it would shift all of a token's weights alike, which the softmax takes out.
        self.query, self.key, self.value = (
            nn.Linear(width, width),
            nn.Linear(width, width, bias=False),
            nn.Linear(width, width),
        )
        self.out = nn.Linear(width, width)
        self.small = nn.Sequential(nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width))

    def forward(self, tokens: Tensor) -> Tensor:
        """The tokens after one round, shape (n, features, width)."""
        n, features, width = tokens.shape
        h = self.norm_1(tokens)
        q, k, v = (
            part(h).view(n, features, self.heads, width // self.heads).transpose(1, 2)
            for part in (self.query, self.key, self.value)
        )
        # The fused kernel never holds the features x features weights, so that memory grows with the features alone.
        looked = scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(n, features, width)
        tokens = tokens + self.out(looked)
        out: Tensor = tokens + self.small(self.norm_2(tokens))
        return out
