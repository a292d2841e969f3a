"""The base class of recurrent autoencoders of windows: a state that is read into, and written out again."""

from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from core.models._windows import WindowAutoencoder
from core.params import among, param


class RecurrentAutoencoder(WindowAutoencoder):
    """An encoder reads a window moment by moment; its last state starts the decoder, whose outputs a layer reads.

    At each moment the decoder is shown the encoder's last output. The code is the state: of each layer its numbers.
    """

    cell: ClassVar[type[nn.RNNBase]]
    states: ClassVar[int] = 1
    """Kinds of state that the cell has."""
    searched = False  # many times as slow

    @dataclass(frozen=True)
    class Config(WindowAutoencoder.Config):
        """The form of the network; encoder and decoder have the same."""

        hidden: int = param(
            64, "Numbers that each layer remembers from moment to moment.", low=1, high=4096, search=among(32, 64, 128)
        )
        layers: int = param(2, "Layers, each of which reads what the one before remembers.", low=1, high=8)
        dropout: float = param(
            0.2, "Share of what goes from layer to layer that is switched off while training.", low=0.0, high=0.95
        )

    def __init__(self, config: Any, shape: tuple[int, ...]) -> None:
        super().__init__(config, shape)
        dropout = config.dropout if config.layers > 1 else 0.0
        more: dict[str, Any] = {"num_layers": config.layers, "batch_first": True, "dropout": dropout}
        make: Any = self.cell
        self.encoder = make(self.channels, config.hidden, **more)
        self.decoder = make(config.hidden, config.hidden, **more)
        self.out = nn.Linear(config.hidden, self.channels)
        self.code_size = self.states * config.layers * config.hidden

    def encode(self, x: Tensor) -> Tensor:
        """The last state of each window, shape (n, states x layers x hidden)."""
        state = self.encoder(self.read(x))[1]
        parts = state if isinstance(state, tuple) else (state,)
        flat = [part.transpose(0, 1).flatten(1) for part in parts]
        return torch.cat(flat, dim=1)

    def decode(self, z: Tensor) -> Tensor:
        """The windows that states stand for, shape (n, time, channel)."""
        c = self.config
        shape = (len(z), c.layers, c.hidden)
        parts = [part.reshape(shape).transpose(0, 1).contiguous() for part in z.chunk(self.states, dim=1)]
        seen = parts[0][-1][:, None].expand(-1, self.length, -1)
        h = self.decoder(seen, tuple(parts) if self.states > 1 else parts[0])[0]
        x_hat: Tensor = self.out(h)
        return x_hat
