"""A column's values as numbers, whatever they are stored as."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd

Numbers = NDArray[np.float64]

_LARGEST = 1e140
"""Numbers beyond this, infinity included, count as this; squares of it are still finite."""
NO_NUMBERS = "are no numbers and count as missing"


def read_numbers(values: pd.Series) -> Numbers:
    """Float numbers, NaN where missing or no number; infinity counts as a very large number."""
    import pandas as pd

    if values.dtype == object or pd.api.types.is_string_dtype(values):
        numbers = pd.to_numeric(values, errors="coerce")
        # A new file may spell true and false what the training rows stored.
        spelled = values.where(numbers.isna()).astype("str").str.strip().str.lower().map({"true": 1.0, "false": 0.0})
        values = numbers.astype(np.float64).fillna(spelled)
    if pd.api.types.is_datetime64_any_dtype(values):
        from core.index.dates import to_seconds

        return to_seconds(values, "")
    x: Numbers = values.to_numpy(dtype=np.float64, na_value=np.nan)
    return np.clip(x, -_LARGEST, _LARGEST)


def read_numbers_of(frame: pd.DataFrame) -> dict[str, Numbers]:
    """What :func:`read_numbers` reads of each column that is stored as integers or floats, of thousands at once."""
    names = [name for name, dtype in frame.dtypes.items() if isinstance(dtype, np.dtype) and dtype.kind in "fiu"]
    x = np.clip(frame[names].to_numpy(dtype=np.float64), -_LARGEST, _LARGEST)
    return dict(zip(names, np.ascontiguousarray(x.T), strict=True))


def no_numbers(values: pd.Series) -> NDArray[np.bool_]:
    """Which values are there and no numbers."""
    unread: NDArray[np.bool_] = values.notna().to_numpy() & np.isnan(read_numbers(values))
    return unread
