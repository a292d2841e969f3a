"""The variational autoencoder of windows on the network of ``core/models/lstm.py``."""

from dataclasses import dataclass

from core.models import MODELS
from core.models._variational_windows import VariationalWindows
from core.models.lstm import LSTMAutoencoder
from core.params import param


@MODELS.register("lstm_vae")
class LSTMVAE(VariationalWindows, LSTMAutoencoder):
    """That network with a random code: each score comes with its uncertainty, and new windows can be drawn."""

    title = "LSTM VAE on windows"
    when = "When each score of a series should come with its uncertainty."

    @dataclass(frozen=True)
    class Config(VariationalWindows.Config, LSTMAutoencoder.Config):
        """The form of that network, and the distribution of its code."""

        layers: int = param(
            1,
            "Layers, each of which reads what the one before remembers; more let the code say nothing.",
            low=1,
            high=8,
        )
