"""The variational autoencoder of windows on the network of ``core/models/conv_windows.py``."""

from dataclasses import dataclass

from core.models import MODELS
from core.models._variational_windows import VariationalWindows
from core.models.conv_windows import ConvWindowAutoencoder


@MODELS.register("conv_windows_vae")
class ConvWindowVAE(VariationalWindows, ConvWindowAutoencoder):
    """That network with a random code: each score comes with its uncertainty, and new windows can be drawn."""

    title = "Convolutional VAE on windows"
    when = "When each score of a series should come with its uncertainty."

    @dataclass(frozen=True)
    class Config(VariationalWindows.Config, ConvWindowAutoencoder.Config):
        """The form of that network, and the distribution of its code."""
