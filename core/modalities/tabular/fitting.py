"""Which encoding each column of a table gets, fitted to training rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from core.modalities.tabular.columns import ColumnEncoder

if TYPE_CHECKING:
    import pandas as pd

    from core.index.schema import Column
    from core.modalities.tabular.config import EncodingConfig

_CONTEXT_ROWS = 50_000
"""Training rows from which embeddings are fitted, at most."""


def is_category(column: Column) -> bool:
    """Whether a column is encoded by its levels."""
    text = column.type in {"text", "datetime"}
    return column.kind in {"category", "integer code"} or (column.kind in {"boolean", "constant"} and text)


def fit_column(values: pd.Series, column: Column, config: EncodingConfig) -> ColumnEncoder:
    """The encoder of a column by itself."""
    from core.modalities.tabular.columns.moments import MomentEncoder
    from core.modalities.tabular.columns.numbers import NumberEncoder
    from core.modalities.tabular.columns.quantiles import QuantileEncoder

    indicator = config.missing_indicator
    if is_category(column):
        return _fit_category(values, config)
    if column.kind == "datetime":
        unit_range = config.numbers == "minmax"
        return MomentEncoder.fit(values, column.unit, zero_to_one=unit_range, missing_indicator=indicator)
    boolean = column.kind == "boolean" or column.type == "boolean"
    if config.numbers == "quantile" and not boolean:
        return QuantileEncoder.fit(values, missing_indicator=indicator)
    return NumberEncoder.fit(values, config.numbers, missing_indicator=indicator, boolean=boolean)


def _fit_category(values: pd.Series, config: EncodingConfig) -> ColumnEncoder:
    from core.index.levels import levels_of
    from core.modalities.tabular.columns.categories import MOST_COLUMNS, OneHotEncoder
    from core.modalities.tabular.columns.hashing import HashEncoder

    indicator = config.missing_indicator
    many = config.categories == "auto" and len(levels_of(values)[0]) > config.max_levels
    if config.categories == "hash" or many:
        unit_range = config.numbers == "minmax"
        return HashEncoder.fit(values, size=config.hash_width, missing_indicator=indicator, zero_to_one=unit_range)
    return OneHotEncoder.fit(values, most=MOST_COLUMNS, missing_indicator=indicator)


def fit_embeddings(
    frame: pd.DataFrame, columns: list[Column], others: Mapping[str, ColumnEncoder], config: EncodingConfig
) -> dict[str, ColumnEncoder]:
    """Embeddings of categories, each from the context of all other features, the other categories as signatures."""
    from core.modalities.tabular.columns.embedding import EmbedEncoder
    from core.modalities.tabular.columns.hashing import HashEncoder

    step = max(1, len(frame) // _CONTEXT_ROWS)
    sample = frame.iloc[::step]
    blocks = {name: encoder.transform(sample[name]) for name, encoder in others.items()}
    for column in columns:
        signature = HashEncoder.fit(sample[column.name], size=config.hash_width, missing_indicator=False)
        blocks[column.name] = signature.transform(sample[column.name])
    fitted: dict[str, ColumnEncoder] = {}
    for column in columns:
        around = [block for name, block in blocks.items() if name != column.name]
        context = np.clip(np.hstack(around), -10.0, 10.0) if around else np.zeros((len(sample), 0))
        fitted[column.name] = EmbedEncoder.fit(
            sample[column.name],
            context,
            size=config.hash_width,
            missing_indicator=config.missing_indicator,
            zero_to_one=config.numbers == "minmax",
        )
    return fitted
