"""Frames of few rows and many columns, read by blocks of columns: one by one, thousands take seconds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd


def row_of_places(frame: pd.DataFrame, places: NDArray[np.int64]) -> pd.DataFrame:
    """One row that has of each column the value at a place of its own; the columns keep their types.

    Parameters
    ----------
    frame
        The values.
    places
        The row of each column's value, shape (columns,).
    """
    import pandas as pd

    parts = []
    for dtype, columns in _by_type(frame).items():
        if _is_plain(dtype):
            block = frame.iloc[:, columns].to_numpy()
            row = block[places[columns], np.arange(len(columns))]
            parts.append(pd.DataFrame(row[None], columns=frame.columns[columns]))
        else:
            cells = {frame.columns[j]: frame.iloc[:, j].iloc[[places[j]]].to_numpy() for j in columns}
            parts.append(pd.DataFrame(cells).astype(dtype))
    return pd.concat(parts, axis=1)[list(frame.columns)]


def _by_type(frame: pd.DataFrame) -> dict[object, list[int]]:
    """The places of the columns of each type."""
    found: dict[object, list[int]] = {}
    for j, dtype in enumerate(frame.dtypes):
        found.setdefault(dtype, []).append(j)
    return found


def _is_plain(dtype: object) -> bool:
    """Whether numpy holds values of a type side by side."""
    return isinstance(dtype, np.dtype) and dtype.kind in "fiubM"
