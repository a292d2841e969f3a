"""The errors of a fixed sample while the network learns: a histogram, and with labels how well they tell apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.detector.replay import sample_file
from core.metrics.evaluation import auroc, average_precision
from core.modalities.units import gathered
from core.models.base import Autoencoder
from core.recipe import ScoreConfig
from core.scoring.fitted_scores import fit_scores
from core.scoring.latent import principal
from core.scoring.pooled import sample_codes, sample_errors
from core.scoring.scorer import Scorer
from core.training.records import Snapshot

if TYPE_CHECKING:
    from core.modalities.contract import Units

SAMPLE = 2_000
"""Rows of the sample at most."""
SAMPLE_NUMBERS = 16_000_000
"""Numbers of all of them at most: of large units, such as images, there are fewer, at least :data:`FEWEST`."""
FEWEST = 64
_BINS = 60
_NAMES = {0: "normal", 1: "anomaly", -1: "unknown"}


@dataclass(frozen=True)
class SnapshotSample:
    """The samples that snapshots show."""

    shown: Units
    labels: NDArray[np.int8]
    usual: Units
    """Training samples, which say what is usual for each network and score."""
    ids: NDArray[np.int64]
    """The numbers of the shown samples in the dataset."""

    def snapshot(self, members: list[Autoencoder], score: ScoreConfig, epoch: int) -> Snapshot:
        """The sample's errors under the weights of now; an ensemble's as its score, put back on their scale.

        Of several scores it is the first: the others may learn for longer than an epoch takes.
        """
        config = ScoreConfig(kind=score.kind)
        fitted_scores, scorer = fit_scores(members, config, lambda: gathered(self.usual)), Scorer(config)
        if len(members) * len(config.kinds) > 1:
            scorer.fit(sample_errors(members, self.usual, config, fitted_scores=fitted_scores))
        logs = scorer.log10_error(sample_errors(members, self.shown, config, fitted_scores=fitted_scores))
        edges = np.histogram_bin_edges(logs, bins=_BINS)
        counts = {
            name: np.histogram(logs[self.labels == label], edges)[0].tolist()
            for label, name in _NAMES.items()
            if (self.labels == label).any()
        }
        if set(counts) == {"unknown"}:
            counts = {"all": counts["unknown"]}
        return Snapshot(
            epoch=epoch,
            edges=edges.tolist(),
            counts=counts,
            auroc=auroc(self.labels, logs),
            average_precision=average_precision(self.labels, logs),
            sample=sample_file(self.ids, self.labels, logs, self._places(members[0])),
        )

    def _places(self, member: Autoencoder) -> NDArray[np.float32]:
        """Three principal components of the codes, by the samples that are not known to be anomalies."""
        return principal(sample_codes([member], self.shown), self.labels != 1)


def sample_of(size: int) -> int:
    """How many rows are shown whose units have so many numbers."""
    return min(SAMPLE, max(FEWEST, SAMPLE_NUMBERS // max(1, size)))


def choose_sample(
    labels: NDArray[np.int8], judged: NDArray[np.bool_], seed: int, most: int = SAMPLE
) -> NDArray[np.int64]:
    """The row numbers of a sample of the judged rows, ascending.

    Rare anomalies would not show in a plain sample: up to a fifth of it is theirs. Its average precision is therefore
    that of the sample, not of the whole part.
    """
    rng = np.random.default_rng(seed)
    anomalies, others = np.flatnonzero(judged & (labels == 1)), np.flatnonzero(judged & (labels != 1))
    kept = rng.choice(anomalies, min(len(anomalies), most // 5), replace=False)
    rest = rng.choice(others, min(len(others), most - len(kept)), replace=False)
    return np.sort(np.concatenate([kept, rest])).astype(np.int64)
