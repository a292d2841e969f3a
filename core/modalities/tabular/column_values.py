"""Values of a column as numbers, and as a person reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd


def column_values(column: pd.Series[Any]) -> tuple[NDArray[np.float64], list[str]]:
    """A column's values as numbers (NaN where they are none) and as a person reads them; a missing value is blank."""
    import pandas as pd

    missing = column.isna().to_numpy()
    if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
        values = column.to_numpy(dtype=np.float64, na_value=np.nan)
        if pd.api.types.is_integer_dtype(column):
            return values, ["" if gone else str(value) for value, gone in zip(column, missing, strict=True)]
        return values, ["" if gone else f"{value:.6g}" for value, gone in zip(values, missing, strict=True)]
    texts = ["" if gone else str(value) for value, gone in zip(column, missing, strict=True)]
    return np.full(len(column), np.nan), texts
