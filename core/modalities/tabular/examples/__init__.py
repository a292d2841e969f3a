"""Samples that ship with the app, one file each: real ones from scikit-learn, and generated ones with known faults.

A module here registers a :class:`ExampleDataset` and imports what it needs only when the rows are made, because all
modules are imported to list the names.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from core.registry import Registry

if TYPE_CHECKING:
    import pandas as pd

    from core.store.artifacts import Artifacts
    from core.store.records import Dataset
    from core.store.runs import Store


@dataclass(frozen=True)
class ExampleDataset:
    """A table to try things on."""

    title: str
    description: str
    """One line: what the rows are and what is odd among them."""
    rows: int
    label: str
    """The column that says which rows are anomalies."""
    normal: tuple[str, ...]
    """The label's values that mean normal."""
    source: str
    """Where the rows come from."""
    make: Callable[[int], pd.DataFrame]
    """The rows, from a seed; the same seed gives the same rows."""
    order: int = 100
    """Lower numbers are offered first."""


SAMPLES: Registry[ExampleDataset] = Registry("sample", "core.modalities.tabular.examples")


def samples() -> list[tuple[str, ExampleDataset]]:
    """Every sample with its name, in the order in which they are offered."""
    return sorted(SAMPLES.items(), key=lambda item: (item[1].order, item[0]))


def ingest_sample(store: Store, artifacts: Artifacts, name: str, seed: int = 0) -> Dataset:
    """Put a sample into the workspace as a dataset whose label is known.

    Raises
    ------
    UnknownNameError
        When there is no sample of this name.
    """
    from core.index.schema import infer_schema
    from core.index.table import Table
    from core.readers import ReadReport
    from core.readers.ingest import keep

    sample = SAMPLES[name]
    frame = sample.make(seed)
    with tempfile.TemporaryDirectory(prefix="anomalens-sample-") as folder:
        data = Path(folder) / "data.parquet"
        frame.to_parquet(data, index=False)
        table = Table(data)
        report = ReadReport(len(frame), tuple(frame.columns), "sample", notes=(sample.description,))
        return keep(
            store,
            artifacts,
            (data, None),
            table=table,
            name=sample.title,
            source=f"sample: {name}",
            schema=infer_schema(table).with_label(sample.label, normal=sample.normal),
            report=report.to_dict(),
        )
