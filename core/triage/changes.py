"""How a ranking fitted to verdicts differs from the one by score: which rows rose, which fell, and how far."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.triage.learn import reranked

if TYPE_CHECKING:
    from core.triage.current_verdicts import CurrentVerdicts
    from core.triage.learn import RankingData
    from core.triage.triage_rows import TriageRows


@dataclass(frozen=True)
class Changes:
    """Ranks of the rows that nobody has judged, from 1, before and after."""

    rows: NDArray[np.int64]
    """By the learnt ranking, the most anomalous first."""
    before: NDArray[np.int64]
    """The rank of each by its score."""
    top: int
    """How many are looked at: as many as are flagged and not judged."""

    @property
    def risen(self) -> int:
        """Rows among the first that were not among them by their scores; as many have gone."""
        return int((self.before[: self.top] > self.top).sum())


def changes(
    triage_rows: TriageRows,
    ranking: RankingData,
    current_verdicts: CurrentVerdicts,
    threshold: float,
    parts: tuple[str, ...],
) -> Changes:
    """What verdicts changed about the order of the rows that are left."""
    judged = np.isin(triage_rows.rows, np.fromiter(current_verdicts.rows, dtype=np.int64))
    left = np.flatnonzero(np.isin(triage_rows.part, parts) & ~judged)
    odds = reranked(ranking, *triage_rows.decided(current_verdicts))[left]
    order = np.argsort(-odds, kind="stable")
    # The rows are in the order of the scores, so a place is a rank.
    return Changes(triage_rows.rows[left[order]], order + 1, int((triage_rows.score[left] > threshold).sum()))
