"""The series that ship with the app, one file each: a function from a seed to a table, and what is odd in it."""

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
class ExampleSeries(Example):
    """A series to try things on."""

    label: str
    """The column that says which moments are anomalies."""
    normal: tuple[str, ...]
    """The label's values that mean normal."""
    time: str
    """The column of stamps."""
    make: Callable[[int], pd.DataFrame]
    """The moments, from a seed; the same seed gives the same ones."""

    def ingest(self, space: Workspace, source: str, seed: int) -> Dataset:
        """Put the series into the workspace as a dataset whose label is known."""
        from core.modalities.series.ingesting import Written
        from core.readers import ReadReport
        from core.readers.ingest import keep

        frame = self.make(seed)
        with tempfile.TemporaryDirectory(prefix="anomalens-sample-") as folder:
            data = Path(folder) / "data.parquet"
            frame.to_parquet(data, index=False)
            written = Written(data, Path(folder), time=self.time)
            report = ReadReport(len(frame), tuple(frame.columns), "sample", notes=(self.description, *written.notes))
            return keep(
                space.store,
                space.artifacts,
                (written.index, None),
                table=written.table,
                name=self.title,
                source=source,
                schema=written.schema.with_label(self.label, normal=self.normal),
                report=report.to_dict(),
                modality="series",
                content=written.content,
            )


EXAMPLES: Registry[ExampleSeries] = Registry("sample", "core.modalities.series.examples")
