"""Shares of rows as whole numbers of rows."""

import math


def allowed_rows(share: float, rows: int) -> int:
    """How many rows a share of them allows, rounded down."""
    # The tiny allowance keeps 0.07 * 100 = 7.000000000000001 and 0.29 * 100 = 28.999999999999996 whole.
    return math.floor(share * rows * (1 + 1e-12))
