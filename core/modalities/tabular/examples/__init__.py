"""Tables that ship with the app, one file each: real ones from scikit-learn, and generated ones with known faults.

A module here registers a :class:`ExampleTable` and imports what it needs only when the rows are made, because all
modules are imported to list the names.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from core.modalities.base import Example
from core.registry import Registry

if TYPE_CHECKING:
    import pandas as pd

    from core.store.records import Dataset
    from core.store.workspace import Workspace


@dataclass(frozen=True, kw_only=True)
class ExampleTable(Example):
    """A table to try things on."""

    label: str
    """The column that says which rows are anomalies."""
    normal: tuple[str, ...]
    """The label's values that mean normal."""
    make: Callable[[int], pd.DataFrame]
    """The rows, from a seed; the same seed gives the same rows."""

    def ingest(self, space: Workspace, source: str, seed: int) -> Dataset:
        """Put the table into the workspace as a dataset whose label is known."""
        from core.index.schema import infer_schema
        from core.index.table import Table
        from core.readers import ReadReport
        from core.readers.ingest import keep

        frame = self.make(seed)
        with tempfile.TemporaryDirectory(prefix="anomalens-sample-") as folder:
            data = Path(folder) / "data.parquet"
            frame.to_parquet(data, index=False)
            table = Table(data)
            report = ReadReport(len(frame), tuple(frame.columns), "sample", notes=(self.description,))
            return keep(
                space.store,
                space.artifacts,
                (data, None),
                table=table,
                name=self.title,
                source=source,
                schema=infer_schema(table).with_label(self.label, normal=self.normal).known_of_sample(),
                report=report.to_dict(),
            )


EXAMPLES: Registry[ExampleTable] = Registry("sample", "core.modalities.tabular.examples")
