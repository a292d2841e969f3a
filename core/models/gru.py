"""The GRU autoencoder of windows: as the LSTM's, with a simpler cell."""

from torch import nn

from core.models import MODELS
from core.models._recurrent import RecurrentAutoencoder


@MODELS.register("gru")
class GRUAutoencoder(RecurrentAutoencoder):
    """Reads a window with gated recurrent units and writes it again from what it remembers (Cho et al., 2014)."""

    title = "GRU autoencoder"
    when = "As the LSTM, with a quarter fewer weights."
    cell = nn.GRU
