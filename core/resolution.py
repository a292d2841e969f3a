"""What is a difference and what is rounding: the floor under everything that numbers are divided by.

A standard deviation, a quantile range or a distance that rounding made is none: divided by it, equal rows would be told
apart. Whoever divides by a spread asks here what to take instead.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]

FLOAT32 = 2.0**-23
"""Two neighbouring float32 numbers are at most so far apart, in their own size."""
FLOAT64 = 1e-12
"""The mean of a million equal numbers is off by less than 1e-15 of them; a counter of nanoseconds differs by 1e-10."""
ENCODED = 1e-6
"""What is exact of encoded numbers, which are about 1, of their reconstructions and of distances between them, after
the sums of a network in float32."""
SQUARED = 1e-12
"""The same of their squares, such as variances of a residual."""
LOGARITHM = 1e-3
"""What is exact of the logarithm of an error: of a residual of 1e-4 float32 keeps three digits."""
_SMALLEST = 1e-140
"""Squares of smaller numbers are 0."""
_LOOKED_AT = 1_000


def usable(spread: float, least: float, instead: float = 1.0) -> float:
    """``spread``, or ``instead`` where it is no more than ``least``, which rounding could have made."""
    return spread if math.isfinite(spread) and spread > max(least, _SMALLEST) else instead


def of_column(x: Numbers) -> float:
    """Up to which difference the numbers of a column are equal: float32's resolution where they hold no more digits.

    Whole numbers are exact, so a counter that starts at a billion still counts.

    Parameters
    ----------
    x
        Without missing ones.
    """
    # Not above: the names of the scores are wanted before the first page, which waits for no numbers.
    import numpy as np

    if not len(x):
        return 0.0
    size = float(np.max(np.abs(x)))
    # What varies by more does so under either rule.
    if np.ptp(x) > 1e3 * FLOAT32 * size or not _holds_float32(x):
        return FLOAT64 * size
    return FLOAT32 * size


def _holds_float32(x: Numbers) -> bool:
    """Whether fractions are written with no more digits than float32 has, as 20.500002 is."""
    import numpy as np

    some = np.unique(x)[:_LOOKED_AT]
    if (some == np.round(some)).all() or np.abs(some).max() > float(np.finfo(np.float32).max):
        return False
    narrow = some.astype(np.float32)
    if (narrow == some).all():
        return True
    return all(float(str(short)) == value for short, value in zip(narrow, some, strict=True))
