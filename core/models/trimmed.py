"""The trimmed autoencoder, on any base: the worst rows of each batch are left out of the loss."""

from dataclasses import dataclass

import torch
from torch import Tensor

from core.models import MODELS
from core.models._composed import Composed
from core.params import between, param


@MODELS.register("trimmed")
class TrimmedAutoencoder(Composed):
    """Learns from the rows of a batch with the smallest errors: sum over i in H of loss(x_i), |H| = (1 - q) n.

    The rows that are rebuilt worst, the share q of each batch, are left out of the step. So a few anomalies among the
    training rows do not teach the network to rebuild anomalies. Errors are compared in evaluation mode, without
    dropout or noise.

    Rousseeuw, "Least Median of Squares Regression", 1984 (least trimmed squares); for autoencoders: Zhou and
    Paffenroth, "Anomaly Detection with Robust Deep Autoencoders", 2017, and the small-loss trick of Han et al.,
    "Co-teaching", 2018.
    """

    family = "Robust"
    title = "Trimmed autoencoder"
    when = "When there are no labels and the training rows hold anomalies themselves. Works on any other network."

    @dataclass(frozen=True)
    class Own:
        """How many rows are left out, and from when on."""

        trim: float = param(
            0.1,
            "Share of each batch that is left out: the rows that are rebuilt worst. A little above the share of "
            "anomalies that you expect.",
            low=0.0,
            high=0.5,
            label="Share that is trimmed",
            search=between(0.02, 0.2, log=True),
        )
        trim_after: int = param(
            1,
            "Epochs that train on all rows first, until the errors say something.",
            low=0,
            high=10_000,
            label="Trim after (epochs)",
            advanced=True,
        )

    trimming = True

    def start_epoch(self, epoch: float) -> None:
        """Begin to trim."""
        super().start_epoch(epoch)
        self.trimming = epoch >= self.own.trim_after

    def loss_terms(self, x: Tensor) -> dict[str, Tensor]:
        """The terms of the base, over the rows that are kept."""
        return super().loss_terms(self.trusted(x) if self.trimming else x)

    def trusted(self, x: Tensor) -> Tensor:
        """The rows with the smallest errors; at least two, which batch normalisation needs."""
        count = max(min(2, len(x)), len(x) - round(self.own.trim * len(x)))
        if count == len(x):
            return x
        training, _ = self.training, self.eval()
        try:
            with torch.no_grad():
                error, weight = self.error(self.filled(x), self(x)), self.weight(x)
                rows = (error if weight is None else error * weight).flatten(1).sum(dim=1)
        finally:
            self.train(training)
        return x[rows.topk(count, largest=False).indices]
