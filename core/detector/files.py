"""A run's scores, latent places and explanations as Parquet, in bytes."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd

    from core.scoring.scorer import Scores

EXPLAINED = 5_000
"""Rows that are explained, the highest scores first."""
SET_ASIDE = "set_aside.parquet"
"""A run's file of the rows of the training part that were not trained on; missing where all were."""
REMADE = ("scores.parquet", "latent.parquet", "explanations.parquet")
"""What a run's networks can write again, of a run under its own score."""
_CELLS = 2_000_000


def scores_file(
    scores: Scores,
    codes: NDArray[np.uint8],
    parts: tuple[str, ...],
    labels: NDArray[np.int8],
    held_out: NDArray[np.float64] | None = None,
) -> bytes:
    """Every row in order: row, part, label, score and uncertainty (null where there is none), and held_out where given.

    Parameters
    ----------
    scores
        Of all rows.
    codes
        Each row's part as its place in ``parts``.
    parts
        The parts' names.
    labels
        Of all rows.
    held_out
        The scores of rows before the detector learnt from them, NaN for others.
    """
    import pyarrow as pa

    n = len(codes)
    uncertainty = scores.uncertainty
    columns = {
        "row": pa.array(np.arange(n, dtype=np.int64)),
        "part": pa.DictionaryArray.from_arrays(pa.array(codes), pa.array(parts)),
        "label": pa.array(labels),
        "score": pa.array(scores.score),
        "uncertainty": pa.nulls(n, pa.float64()) if uncertainty is None else pa.array(uncertainty),
    }
    if held_out is not None:
        columns["held_out"] = pa.array(held_out)
    return _parquet(pa.table(columns))


def latent_file(rows: NDArray[np.int64], coordinates: NDArray[np.float32]) -> bytes:
    """Row numbers with their places, shape (n, 3), as x, y and z."""
    import pyarrow as pa

    axes = {name: pa.array(coordinates[:, i]) for i, name in enumerate("xyz")}
    return _parquet(pa.table({"row": pa.array(rows), **axes}))


def explanations_file(explained: pd.DataFrame) -> bytes:
    """What :func:`core.scoring.attribution.explain` gave."""
    import pyarrow as pa

    return _parquet(pa.Table.from_pandas(explained, preserve_index=False))


def set_aside_file(rows: NDArray[np.int64]) -> bytes:
    """The numbers of the training part's rows that stood apart and were not trained on."""
    import pyarrow as pa

    return _parquet(pa.table({"row": pa.array(rows)}))


def rows_to_explain(scores: NDArray[np.float64], features: int) -> NDArray[np.int64]:
    """The rows of the highest scores, highest first, equal ones by number; fewer where there are many features."""
    count = min(len(scores), EXPLAINED, max(1, _CELLS // features))
    return np.argsort(-scores, kind="stable")[:count].astype(np.int64)


def _parquet(table: Any) -> bytes:
    import pyarrow.parquet as pq

    buffer = BytesIO()
    pq.write_table(table, buffer, compression="zstd")
    return buffer.getvalue()
