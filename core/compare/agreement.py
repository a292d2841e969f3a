"""How much detectors agree on the order of the rows, and on which they disagree most."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.compare.comparison_data import Scores

PAIRED = 5_000
"""Rows on which Kendall's coefficient is computed, a seeded sample where there are more."""
WORDS = {
    "spearman": ("Spearman", "Correlation of the ranks: 1 is the same order of the rows, 0 is none."),
    "kendall": ("Kendall", "Kendall's τ-b: the share of pairs of rows in the same order less that in the other."),
    "shared": ("Flagged by both", "Of the rows that either flags, the share that both do."),
}
"""Each way to agree, with its title and what it says."""
Matrix = list[list[float | None]]


def agreement(scores: list[Scores], share: float, seed: int = 0) -> dict[str, Matrix]:
    """Three matrices over the detectors: "spearman", "kendall" (tau-b) and "shared" (of the rows that either flags).

    A coefficient is None where a detector gives every row the same score.

    Parameters
    ----------
    scores
        Of each detector, for the same rows.
    share
        Of the rows that each flags.
    """
    from scipy.stats import kendalltau

    ranks = [percentiles(s) for s in scores]
    n = len(ranks[0])
    some = np.arange(n)
    if n > PAIRED:
        some = np.random.default_rng(seed).choice(n, PAIRED, replace=False)
    top = [_highest(s, max(1, round(share * n))) for s in scores]
    size = len(scores)
    found: dict[str, Matrix] = {name: [[1.0] * size for _ in range(size)] for name in ("spearman", "kendall", "shared")}
    for i in range(size):
        for j in range(i):
            pair = {
                "spearman": _correlation(ranks[i], ranks[j]),
                "kendall": _number(kendalltau(scores[i][some], scores[j][some]).statistic),
                "shared": float((top[i] & top[j]).sum() / (top[i] | top[j]).sum()),
            }
            for name, value in pair.items():
                found[name][i][j] = found[name][j][i] = value
    return found


def percentiles(scores: Scores) -> Scores:
    """Each row's place in the order, from 0 (lowest) to 1 (highest); equal scores share theirs."""
    _, place, counts = np.unique(scores, return_inverse=True, return_counts=True)
    middle = counts.cumsum() - (counts + 1) / 2
    found: Scores = middle[place] / max(1, len(scores) - 1)
    return found


def disagreements(own: Scores, others: list[Scores], most: int) -> dict[str, NDArray[np.int64]]:
    """The places of the rows that the network puts high and the others low ("network"), and the reverse ("classical").

    High and low are percentiles, of the others their median: a single one that differs from the rest does not count.
    """
    mine, theirs = percentiles(own), consensus(others)
    gap = mine - theirs
    order = np.argsort(-gap, kind="stable")
    first, last = order[:most], order[::-1][:most]
    return {"network": first[gap[first] > 0], "classical": last[gap[last] < 0]}


def consensus(scores: list[Scores]) -> Scores:
    """The median of each row's percentiles over several detectors."""
    found: Scores = np.median([percentiles(s) for s in scores], axis=0)
    return found


def nearest_differences(
    x: NDArray[np.float32], train: NDArray[np.float32], feature_of: NDArray[np.int64], k: int = 5
) -> NDArray[np.float64]:
    """Each feature's share of the squared distance from each row to its k nearest training rows, (n, features)."""
    size = np.einsum("ij,ij->i", train, train, dtype=np.float64)
    count = int(feature_of.max()) + 1
    shares = np.zeros((len(x), count))
    for i, row in enumerate(x.astype(np.float64)):
        near = np.argsort(size - 2 * (train @ row), kind="stable")[:k]
        squared = ((train[near] - row) ** 2).mean(axis=0)
        shares[i] = np.bincount(feature_of, weights=squared, minlength=count)
    total = shares.sum(axis=1, keepdims=True)
    return np.where(total > 0, shares / np.where(total > 0, total, 1.0), 0.0)


def _highest(scores: Scores, count: int) -> NDArray[np.bool_]:
    chosen = np.zeros(len(scores), dtype=bool)
    chosen[np.argsort(-scores, kind="stable")[:count]] = True
    return chosen


def _correlation(a: Scores, b: Scores) -> float | None:
    a, b = a - a.mean(), b - b.mean()
    size = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b) / size if size > 0 else None


def _number(value: Any) -> float | None:
    return float(value) if np.isfinite(value) else None
