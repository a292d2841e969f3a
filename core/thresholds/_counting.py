"""Shares of rows as whole numbers of rows."""

import math

from core.thresholds.sample import SortedScores


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
