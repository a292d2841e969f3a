"""Shares of rows as whole numbers of rows."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from core.thresholds.sample import SortedScores
    from core.thresholds.weighted import WeightedScores


def allowed_rows(share: float, rows: int) -> int:
    """How many rows a share of them allows, rounded down."""
    # The tiny allowance keeps 0.07 * 100 = 7.000000000000001 and 0.29 * 100 = 28.999999999999996 whole.
    return math.floor(share * rows * (1 + 1e-12))


def ties(batch: SortedScores, threshold: float, allowed: int) -> str:
    """Why fewer rows are flagged than are allowed, where equal scores are the reason; else empty."""
    flagged = int(batch.above(threshold))
    if flagged >= 0.9 * allowed:
        return ""
    equal = int(batch.at_least(threshold)) - flagged
    return (
        f"{flagged:,} rows are flagged instead of {allowed:,}, because {equal:,} share the score {threshold:.4g}: they "
        "can only be flagged together."
    )


def share_ties(rows: WeightedScores, threshold: float, share: float) -> str:
    """:func:`ties`, of a share of the data as it came."""
    batch = rows.batch
    if not rows.weights or len(set(rows.weights.values())) <= 1:
        return ties(batch, threshold, allowed_rows(share, batch.size))
    flagged, equal = rows.share_above(threshold) or 0.0, rows.equal(threshold)
    if flagged >= 0.9 * share or equal < 2:
        return ""
    return (
        f"{flagged:.2%} of the rows are flagged instead of {share:.2%}, because {equal:,} share the score "
        f"{threshold:.4g}: they can only be flagged together."
    )
