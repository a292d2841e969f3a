"""The variational autoencoder of windows on the network of ``core/models/dense_windows.py``."""

from dataclasses import dataclass

from core.models import MODELS
from core.models._variational_windows import VariationalWindows
from core.models.dense_windows import DenseWindowAutoencoder


@MODELS.register("dense_windows_vae")
class DenseWindowVAE(VariationalWindows, DenseWindowAutoencoder):
    """That network with a random code: each score comes with its uncertainty, and new windows can be drawn."""

    title = "Dense VAE on windows"
    when = "When each score of a series should come with its uncertainty."

    @dataclass(frozen=True)
    class Config(VariationalWindows.Config, DenseWindowAutoencoder.Config):
        """The form of that network, and the distribution of its code."""
