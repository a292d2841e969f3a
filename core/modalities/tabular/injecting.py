"""From ordinary rows of a table to synthetic anomalies of each kind, in the user's columns and units."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.modalities.tabular.injected import KINDS
from core.modalities.tabular.injected.base import Levels, Numbers, Ordinary

if TYPE_CHECKING:
    import pandas as pd

    from core.index.schema import Column, Schema

GROUPS = 5
"""Groups of similar rows at most; a group has twenty rows on average at least."""
MOST, FEWEST, SHARE = 200, 20, 0.2
"""Anomalies of each kind: a fifth of the ordinary rows, within these bounds."""


def injected(frame: pd.DataFrame, schema: Schema, seed: int) -> dict[str, pd.DataFrame]:
    """Anomalies of each kind, made from the rows of a frame that are taken for ordinary.

    Parameters
    ----------
    frame
        The feature columns of ordinary rows.
    schema
        What its columns are.
    seed
        Of all that is drawn.

    Returns
    -------
    A frame of the same columns for each kind.
    """
    numeric = [c for c in schema.features if _is_number(c)]
    others = [c.name for c in schema.features if not _is_number(c)]
    raw = frame[[c.name for c in numeric]].to_numpy(np.float64, na_value=np.nan)
    middle, scale = _usual(raw)
    rows = ordinary((raw - middle) / scale, frame[others].to_numpy(object), seed)
    count = int(np.clip(round(SHARE * len(frame)), FEWEST, MOST))
    anomalies = {}
    for number, (name, kind) in enumerate(sorted(KINDS.items(), key=lambda item: (item[1].order, item[0]))):
        rng = np.random.default_rng([seed, number])
        picked = rng.choice(len(frame), count, replace=count > len(frame))
        numbers = kind.numbers(rows, picked, rng) * scale + middle
        anomalies[name] = _frame(frame, numeric, numbers, others, kind.levels(rows, picked, rng))
    return anomalies


def ordinary(numbers: Numbers, levels: Levels, seed: int) -> Ordinary:
    """Rows with their groups, which k-means finds where the tails are tamed."""
    groups = int(np.clip(len(numbers) // 20, 1, GROUPS))
    if not numbers.shape[1] or groups == 1:
        group = np.zeros(len(numbers), dtype=np.int64)
    else:
        from sklearn.cluster import KMeans

        tame = np.arcsinh(np.nan_to_num(numbers))
        group = KMeans(groups, n_init=1, random_state=seed % 2**32).fit_predict(tame).astype(np.int64)
    known = np.nan_to_num(numbers)
    names, group = np.unique(group, return_inverse=True)
    centres = np.stack([known[group == k].mean(axis=0) for k in range(len(names))])
    return Ordinary(numbers, levels, group, centres)


def _is_number(column: Column) -> bool:
    return column.type in {"integer", "float"} and column.kind not in {"category", "integer code", "datetime"}


def _usual(raw: Numbers) -> tuple[Numbers, Numbers]:
    """Median and robust standard deviation of each column; the plain one where half of the values are the same."""
    if not raw.size:
        return np.zeros(raw.shape[1]), np.ones(raw.shape[1])
    filled = np.where(np.isnan(raw).all(axis=0), 0.0, raw)
    low, middle, high = np.nanquantile(filled, [0.25, 0.5, 0.75], axis=0)
    robust, plain = (high - low) / 1.349, np.nanstd(filled, axis=0)
    scale = np.where(robust > 0, robust, plain)
    return middle, np.where(scale > 0, scale, 1.0)


def _frame(
    like: pd.DataFrame, numeric: list[Column], numbers: NDArray[np.float64], others: list[str], levels: Levels
) -> pd.DataFrame:
    import pandas as pd

    columns: dict[str, pd.Series] = {}
    for place, column in enumerate(numeric):
        values = np.round(numbers[:, place]) if column.type == "integer" else numbers[:, place]
        columns[column.name] = pd.Series(values)
    for place, name in enumerate(others):
        columns[name] = pd.Series(levels[:, place]).astype(like[name].dtype)
    return pd.DataFrame({name: columns[name] for name in like.columns})
