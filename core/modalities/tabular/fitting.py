"""Fits an encoder to each feature column of a table: the first registered one that takes the column."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from core.modalities.tabular.columns.base import COLUMN_ENCODERS, FitsAlone, FitsInContext, TakesColumns

if TYPE_CHECKING:
    import pandas as pd

    from core.index.schema import Column
    from core.modalities.tabular.columns.base import ColumnEncoder
    from core.modalities.tabular.config import EncodingConfig

_CONTEXT_ROWS = 50_000
"""Training rows from which encoders are fitted in the context of other columns, at most."""


def encoder_of(values: pd.Series, column: Column, config: EncodingConfig) -> TakesColumns:
    """The class of encoders that takes a column."""
    # The classes themselves answer, not their instances.
    known: list[Any] = [cls for _, cls in COLUMN_ENCODERS.items() if isinstance(cls, TakesColumns)]
    found: TakesColumns = next(
        cls for cls in sorted(known, key=lambda cls: cls.order) if cls.takes(values, column, config)
    )
    return found


def fit_columns(frame: pd.DataFrame, columns: Sequence[Column], config: EncodingConfig) -> dict[str, ColumnEncoder]:
    """The encoder of each column by its name, fitted to training rows."""
    chosen = {column.name: encoder_of(frame[column.name], column, config) for column in columns}
    fitted = {
        column.name: cls.fit_column(frame[column.name], column, config)
        for column in columns
        if isinstance(cls := chosen[column.name], FitsAlone)
    }
    in_context = {name: cls for name, cls in chosen.items() if isinstance(cls, FitsInContext)}
    return fitted | _fit_in_context(frame, in_context, fitted, config) if in_context else fitted


def _fit_in_context(
    frame: pd.DataFrame,
    chosen: dict[str, FitsInContext],
    others: dict[str, ColumnEncoder],
    config: EncodingConfig,
) -> dict[str, ColumnEncoder]:
    """Encoders of columns beside all others: these encoded, and what the chosen ones show of themselves."""
    sample = frame.iloc[:: max(1, len(frame) // _CONTEXT_ROWS)]
    blocks = {name: encoder.transform(sample[name]) for name, encoder in others.items()}
    blocks |= {name: cls.context(sample[name], config) for name, cls in chosen.items()}
    fitted: dict[str, ColumnEncoder] = {}
    for name, cls in chosen.items():
        around = [block for other, block in blocks.items() if other != name]
        context = np.clip(np.hstack(around), -10.0, 10.0) if around else np.zeros((len(sample), 0))
        fitted[name] = cls.fit_in_context(sample[name], context, config)
    return fitted


def by_wider_scale(encoder: ColumnEncoder, wider: ColumnEncoder) -> ColumnEncoder:
    """An encoder by the scale of one that was fitted to more rows, where its own rows are all alike beside these."""
    from core.modalities.tabular.columns.masked import MaskedEncoder
    from core.modalities.tabular.columns.numbers import NumberEncoder

    if isinstance(encoder, MaskedEncoder) and isinstance(wider, MaskedEncoder):
        return MaskedEncoder(by_wider_scale(encoder.inner, wider.inner))
    if isinstance(encoder, NumberEncoder) and isinstance(wider, NumberEncoder):
        return encoder.within(wider)
    return encoder
