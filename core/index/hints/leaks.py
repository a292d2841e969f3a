"""How well one column alone tells anomalies from normal rows: where it does so perfectly, it may be a leak."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd

    from core.index.schema import Column


def separation(values: pd.Series, column: Column, labels: NDArray[np.bool_]) -> float:
    """How well one column alone tells anomalies from normal rows: the AUROC of its best reading, 0.5 to 1.

    A number is read upwards and downwards; a category by the anomaly rate of its levels, learned from one half of the
    rows and judged on the other, so that a column of unique values learns nothing.
    """
    from core.index.numbers import read_numbers
    from core.metrics.ranks import auroc

    if column.kind in {"number", "boolean"} and column.type != "text":
        x = read_numbers(values)
        shown = ~np.isnan(x)
        # Rows without a value stand together below all others: being missing may be the leak.
        x = np.where(shown, x, x[shown].min() - 1.0 if shown.any() else 0.0)
    elif column.kind == "datetime":
        return 0.5  # Which day it was separates any burst of anomalies, and is no leak.
    else:
        x, labels = _level_rates(values, labels)
    area = auroc(x, labels)
    # Where the half that is judged holds one class alone, nothing shows that the column tells anything.
    return 0.5 if area is None else max(area, 1.0 - area)


def _level_rates(values: pd.Series, labels: NDArray[np.bool_]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """The anomaly rate of each odd-numbered row's level among the even-numbered rows, and these rows' labels."""
    from core.index.levels import text_codes

    codes, levels = text_codes(values)
    codes = np.where(codes < 0, len(levels), codes)
    order = np.random.default_rng(0).permutation(len(codes))
    learn, judge = order[::2], order[1::2]
    count = np.bincount(codes[learn], minlength=len(levels) + 1)
    odd = np.bincount(codes[learn], weights=labels[learn], minlength=len(levels) + 1)
    rate = (odd + labels.mean()) / (count + 1.0)
    return rate[codes[judge]], labels[judge]
