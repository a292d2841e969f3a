"""The rows of a finished run that are triaged: their scores, and vectors that say which of them are alike.

Encoded anew and not by the run's own encoder: what is alike must not depend on what a model happens to read (min-max
for one, blanks as they are for another), and verdicts shall mean the same for the next run. Needs no torch.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from core.metrics.groups import PARTS
from core.params import build
from core.triage.learn import RankingData, clip, reranked
from core.triage.order import MOST_ASKED, highest_scored, most_informative, shuffled

if TYPE_CHECKING:
    from core.modalities.base import Modality
    from core.modalities.contract import Samples
    from core.results.finished_run import FinishedRun
    from core.results.rows import RunRows
    from core.triage.current_verdicts import CurrentVerdicts

MOST = 50_000
"""Rows that are looked at, the highest scores; those below keep their order behind them."""
_CELLS = 20_000_000
_USUAL = 20_000


@dataclass(frozen=True)
class TriageRows:
    """Rows by place, the highest score first."""

    rows: NDArray[np.int64]
    score: NDArray[np.float64]
    part: NDArray[np.str_]
    x: NDArray[np.float32]
    """Encoded, shape (n, width)."""

    @classmethod
    def of(cls, run: FinishedRun, threshold: float) -> TriageRows:
        """The rows of a finished run; what scores above the threshold is odd."""
        from core.modalities.recognise import modality_of

        return cls.open(run.rows, run.samples, modality_of(run.dataset.modality), threshold)

    @classmethod
    def open(
        cls, run_rows: RunRows, samples: Samples, modality: Modality, threshold: float, seed: int = 0
    ) -> TriageRows:
        """The rows of highest scores, encoded.

        Parameters
        ----------
        found
            The run's scores.
        samples, modality
            Its dataset, and which kind of data it is.
        threshold
            Rows above it are odd, and do not say what is usual in a column.
        seed
            Which of the others do.
        """
        top = run_rows.ranked(PARTS, MOST)
        odd = top["row"].to_numpy()[top["score"].to_numpy() > threshold]
        some = samples.index.sample_rows(2 * _USUAL, seed)
        usual = np.setdiff1d(some, odd)[:: max(1, len(some) // _USUAL)]
        config: Any = build(modality.Config, modality.vector_encoding)
        encoder = modality.encoder(config, samples.schema).fit(samples, usual if len(usual) else some)
        width = encoder.vectors(samples, some[:1]).shape[1]
        top = top.head(max(1, _CELLS // max(1, width)))
        # A table reads ascending rows fastest.
        order = np.argsort(top["row"].to_numpy())
        x = np.empty((len(top), width), dtype=np.float32)
        x[order] = encoder.vectors(samples, top["row"].to_numpy()[order])
        return cls(
            top["row"].to_numpy(np.int64),
            top["score"].to_numpy(np.float64),
            top["part"].to_numpy().astype("U10"),
            clip(np.nan_to_num(x, copy=False)),
        )

    def __len__(self) -> int:
        return len(self.rows)

    def ranking(self, threshold: float) -> RankingData:
        """The rows as a ranking is learnt of them."""
        return RankingData.of(self.x, self.score, threshold)

    def places(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Where some rows are; -1 for those that are not among them."""
        order = np.argsort(self.rows)
        at = np.minimum(np.searchsorted(self.rows[order], rows), max(0, len(self) - 1))
        found: NDArray[np.int64] = np.where(self.rows[order[at]] == rows, order[at], -1)
        return found

    def decided(self, current_verdicts: CurrentVerdicts) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """The places of the rows that were judged anomalous or normal, the latest last, and which they are."""
        decided = [(row, one) for row, one in current_verdicts.rows.items() if one.entry.verdict != "unsure"][::-1]
        rows = np.array([row for row, _ in decided], dtype=np.int64)
        anomalous = np.array([one.entry.verdict == "anomaly" for _, one in decided], dtype=bool)
        at = self.places(rows) if len(rows) else rows
        return at[at >= 0], anomalous[at >= 0]

    def asked(self, order: str, threshold: float, parts: tuple[str, ...]) -> NDArray[np.int64]:
        """The places of all rows that an order shows, judged or not; see :meth:`queue`."""
        looked_at = np.isin(self.part, parts)
        if order == "learnt":
            return np.flatnonzero(looked_at)[:MOST_ASKED]
        candidates = highest_scored(self.score, threshold, looked_at)
        return candidates[self.score[candidates] > threshold] if order == "random" else candidates

    def queue(
        self,
        order: str,
        current_verdicts: CurrentVerdicts,
        ranking: RankingData,
        threshold: float,
        parts: tuple[str, ...],
        seed: int = 0,
    ) -> NDArray[np.int64]:
        """The rows that were not judged yet, in the order in which they are shown.

        Parameters
        ----------
        order
            One of :data:`core.triage.order.ORDERS`, or "learnt" for the ranking learnt from the verdicts.
        current_verdicts
            What was judged.
        ranking
            Of these rows, at the threshold.
        threshold
            Rows above it are flagged.
        parts
            The parts whose rows are looked at.
        seed
            Of the random order.
        """
        candidates = highest_scored(self.score, threshold, np.isin(self.part, parts))
        judged = self.places(np.fromiter(current_verdicts.rows, dtype=np.int64))
        if order == "random":
            flagged = self.rows[candidates[self.score[candidates] > threshold]]
            return np.setdiff1d(shuffled(flagged, seed), self.rows[judged[judged >= 0]], assume_unique=True)
        left = candidates[~np.isin(candidates, judged)]
        if order == "teach":
            left = most_informative(ranking, *self.decided(current_verdicts), left)
        elif order == "learnt":
            looked_at = np.isin(self.part, parts)
            looked_at[judged[judged >= 0]] = False
            odds = reranked(ranking, *self.decided(current_verdicts))
            left = np.flatnonzero(looked_at)
            left = left[np.argsort(-odds[left], kind="stable")][:MOST_ASKED]
        found: NDArray[np.int64] = self.rows[left]
        return found
