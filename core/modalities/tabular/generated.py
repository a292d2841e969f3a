"""New rows of a table from a variational network, and how their values compare with real ones."""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from core.store.values import dump

if TYPE_CHECKING:
    import pandas as pd

    from core.index.schema import Schema

_BINS = 40
_LEVELS = 12
"""Levels of a category that are compared, the most frequent real ones."""
_TAIL = 0.005
"""Share of the real values on either side that the bins leave out, so that one far value does not flatten the rest."""


def generated_files(rows: pd.DataFrame, real: pd.DataFrame, schema: Schema) -> dict[str, bytes]:
    """New rows as Parquet, and their columns counted beside those of real rows as JSON."""
    buffer = BytesIO()
    rows.to_parquet(buffer, index=False)
    counts = dump(compare(rows, real, schema)).encode()
    return {"generated.parquet": buffer.getvalue(), "generated.json": counts}


def compare(generated: pd.DataFrame, real: pd.DataFrame, schema: Schema) -> list[dict[str, Any]]:
    """Each column's values counted in new and in real rows, as plain values.

    Returns
    -------
    Per column ``column``, ``kind`` ("numbers", "moments" or "levels"), ``real`` and ``generated`` (counts), and
    ``edges`` (numbers; seconds since 1970 for moments) or ``levels``. What lies outside the edges, or is another level,
    is in neither count but in ``real_rows`` and ``generated_rows``, which are those with a value.
    """
    import pandas as pd

    kinds = {column.name: column for column in schema.features}
    found = []
    for name in generated.columns:
        column = kinds[name]
        if column.kind == "datetime":
            from core.index.dates import to_seconds

            counts = _bins(to_seconds(real[name], column.unit), to_seconds(generated[name], ""))
            found.append({"column": name, "kind": "moments", **counts})
        elif not pd.api.types.is_numeric_dtype(generated[name]):
            found.append({"column": name, "kind": "levels", **_levels(real[name], generated[name])})
        else:
            from core.index.numbers import read_numbers

            counts = _bins(read_numbers(real[name]), read_numbers(generated[name]))
            found.append({"column": name, "kind": "numbers", **counts})
    return found


def _bins(real: NDArray[np.float64], generated: NDArray[np.float64]) -> Mapping[str, Any]:
    real, generated = real[np.isfinite(real)], generated[np.isfinite(generated)]
    low, high = np.quantile(real, [_TAIL, 1 - _TAIL]) if len(real) else (0.0, 1.0)
    if not high > low:
        # All but a few alike: a bin around that value.
        half = max(abs(low), 1.0) / 2
        low, high = low - half, high + half
    edges = np.linspace(low, high, _BINS + 1)
    return {
        "edges": edges.tolist(),
        "real": np.histogram(real, edges)[0].tolist(),
        "generated": np.histogram(generated, edges)[0].tolist(),
        "real_rows": len(real),
        "generated_rows": len(generated),
    }


def _levels(real: pd.Series, generated: pd.Series) -> Mapping[str, Any]:
    from core.index.levels import level_codes, levels_of

    levels = levels_of(real)[0][:_LEVELS]
    ours, theirs = level_codes(real, tuple(levels)), level_codes(generated, tuple(levels))
    return {
        "levels": levels,
        "real": np.bincount(ours[ours >= 0], minlength=len(levels)).tolist(),
        "generated": np.bincount(theirs[theirs >= 0], minlength=len(levels)).tolist(),
        "real_rows": int(real.notna().sum()),
        "generated_rows": int(generated.notna().sum()),
    }
