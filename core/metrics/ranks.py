"""Average ranks, for the AUROC of one column and Spearman's correlation; importing SciPy would take a second."""

import numpy as np
from numpy.typing import NDArray


def average_ranks(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """The rank of each value from 1, ties sharing their mean rank; NaN stays NaN.

    Parameters
    ----------
    x
        Shape (rows,).
    """
    ranks = np.full(len(x), np.nan)
    known = np.flatnonzero(~np.isnan(x))
    order = known[np.argsort(x[known], kind="stable")]
    ordered = x[order]
    first = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]]) if len(ordered) else np.empty(0, np.int64)
    sizes = np.diff(np.r_[first, len(ordered)])
    # Places first .. first + size - 1 are ranks first + 1 .. first + size.
    ranks[order] = np.repeat(first + (sizes + 1) / 2, sizes)
    return ranks


def auroc(x: NDArray[np.float64], odd: NDArray[np.bool_]) -> float | None:
    """The probability that an odd row's value is above another's, ties counted half; None where one side is empty."""
    n_odd = int(odd.sum())
    n_other = len(odd) - n_odd
    if not n_odd or not n_other:
        return None
    return float((average_ranks(x)[odd].sum() - n_odd * (n_odd + 1) / 2) / (n_odd * n_other))
