"""Which row comes next: the highest score, the one whose verdict teaches most, or one drawn at random."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.triage.learn import RankingData, RankingFit, learn

ORDERS = {"teach": "What teaches most", "score": "Highest score", "random": "Random flagged row"}
"""What each order is called. The first two find; the last one measures, because a random sample is not biased."""
ASKED = 2_000
"""Rows among which the one that teaches most is looked for, the highest scores; twice the flagged ones if more."""
MOST_ASKED = 10_000


def highest_scored(score: NDArray[np.float64], threshold: float, looked_at: NDArray[np.bool_]) -> NDArray[np.int64]:
    """The places of the rows that may be asked for, the highest score first.

    Parameters
    ----------
    score
        Of all rows of the ranking.
    threshold
        Rows above it are flagged.
    looked_at
        The rows that are looked at.
    """
    places = np.flatnonzero(looked_at)
    flagged = int((score[places] > threshold).sum())
    order = np.lexsort((places, -score[places]))
    return places[order[: min(max(ASKED, 2 * flagged), MOST_ASKED)]]


def most_informative(
    ranking: RankingData, judged: NDArray[np.int64], anomalous: NDArray[np.bool_], candidates: NDArray[np.int64]
) -> NDArray[np.int64]:
    """The rows that may be asked for, the one that would teach most first."""
    fit: RankingFit = learn(ranking, judged, anomalous, candidates)
    found: NDArray[np.int64] = candidates[np.argsort(-fit.teaches, kind="stable")]
    return found


def shuffled(flagged: NDArray[np.int64], seed: int) -> NDArray[np.int64]:
    """Flagged rows in a random order that is the same for everybody."""
    return np.random.default_rng(seed).permutation(np.sort(flagged))
