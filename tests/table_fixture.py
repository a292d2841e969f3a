"""Tables for tests, written as the Parquet files that a dataset is made of."""

from pathlib import Path

import pandas as pd

from core.index.table import Table


def make_table(folder: Path, frame: pd.DataFrame, test: pd.DataFrame | None = None, *, group: int = 1000) -> Table:
    """A table over ``frame`` and, where given, a second file; in row groups of ``group`` rows, as large files are."""
    frame.to_parquet(folder / "data.parquet", index=False, row_group_size=group)
    if test is not None:
        test.to_parquet(folder / "test.parquet", index=False, row_group_size=group)
    return Table(folder / "data.parquet", folder / "test.parquet" if test is not None else None)
