"""The LSTM autoencoder of windows, as it is published: two layers of 64, whose state starts the decoder."""

from torch import nn

from core.models import MODELS
from core.models._recurrent import RecurrentAutoencoder


@MODELS.register("lstm")
class LSTMAutoencoder(RecurrentAutoencoder):
    """Reads a window with long short-term memory and writes it again from what it remembers (Malhotra et al., 2016)."""

    title = "LSTM autoencoder"
    when = "When what comes next depends on what was long before; ten times as slow as a dense network."
    cell = nn.LSTM
    states = 2
