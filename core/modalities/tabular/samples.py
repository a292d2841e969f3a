"""A table as samples: each row is one, and its content is its feature columns."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd

    from core.index.schema import Schema
    from core.index.table import Table
    from core.readers.reading.trained.interpretation import Interpretation

Ids = NDArray[np.int64]

_WIDE = 300
"""Features beyond which to find the columns of a file takes longer than to read them: the rows are kept then."""
_KEPT = 8_000_000
"""Cells that are kept at most, 64 MB."""


class TabularSamples:
    """The rows of a table; safe to share between threads.

    Parameters
    ----------
    index
        The table: its columns are filtered and coloured by, and the features among them are the content.
    schema
        What its columns are.
    features
        The columns that are content; the schema's features by default.
    interpretation
        How the file was understood that they were read from; None where that was not kept.
    """

    def __init__(
        self,
        index: Table,
        schema: Schema,
        features: tuple[str, ...] = (),
        interpretation: Interpretation | None = None,
    ) -> None:
        self.index, self.schema, self.interpretation = index, schema, interpretation
        self.features = features or tuple(column.name for column in schema.features)

    def __len__(self) -> int:
        return self.index.rows

    def read(self, ids: Ids) -> pd.DataFrame:
        """The feature columns of some rows, in the order asked for."""
        if self._keeps:
            return self._frame.iloc[ids].reset_index(drop=True)
        return self.index.frame(self.features, rows=ids)

    def exact(self, ids: Ids) -> pd.DataFrame:
        """The same with every digit of decimals, to be shown."""
        if self._keeps:
            return _as_read_alone(self._exact_frame.iloc[ids].reset_index(drop=True))
        return self.index.frame(self.features, rows=ids, exact=True)

    @property
    def _keeps(self) -> bool:
        """Whether all rows are read at once and kept."""
        return len(self.features) > _WIDE and len(self) * len(self.features) <= _KEPT

    @cached_property
    def _frame(self) -> pd.DataFrame:
        """All rows in memory."""
        return self.index.frame(self.features)

    @cached_property
    def _exact_frame(self) -> pd.DataFrame:
        """All rows in memory with every digit of decimals; the same frame where there are none."""
        import pandas as pd

        table = self.index
        decimals = [n for n in self.features if table.types[n] == "float" and table.has_exact_digits(n)]
        if not decimals:
            return self._frame
        exact = table.frame(decimals, exact=True)
        return pd.concat([self._frame.drop(columns=decimals), exact], axis=1)[list(self.features)]

    def name(self, id: int) -> str:
        """What people call a row."""
        return f"row {id:,}"


class KeptRows(TabularSamples):
    """Rows of a table that lie in memory, for who asks for them after the table's file is gone."""

    def __init__(self, index: Table, schema: Schema, features: tuple[str, ...] = ()) -> None:
        super().__init__(index, schema, features)
        assert len(self._frame) == len(self)

    def read(self, ids: Ids) -> pd.DataFrame:
        """The feature columns of some rows, in the order asked for."""
        return self._frame.iloc[ids].reset_index(drop=True)

    def exact(self, ids: Ids) -> pd.DataFrame:
        """The same: what lies in memory are the numbers that are counted with."""
        return self.read(ids)


def _as_read_alone(frame: pd.DataFrame) -> pd.DataFrame:
    """Rows taken out of more, in the types that they have where they alone are read: other rows may lack a value."""
    full = {
        name: dtype.numpy_dtype
        for name, dtype in frame.dtypes.items()
        if hasattr(dtype, "numpy_dtype") and not frame[name].isna().any()
    }
    return frame.astype(full) if full else frame
