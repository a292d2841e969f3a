"""Series from uploaded files: into the workspace as a dataset, or to be scored by a run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from core.errors import ConfigError, DataError
from core.index.schema import infer_schema
from core.index.table import Table
from core.modalities.series.ingesting import Written, together, with_reading
from core.modalities.series.samples import SeriesSamples, opened
from core.params import to_dict
from core.readers import read_table
from core.readers.ingest import keep
from core.readers.later import read_later
from core.readers.reading.options import ReadOptions
from core.scratch import scratch_folder
from core.settings import settings

if TYPE_CHECKING:
    from core.modalities.series.config import SeriesReading
    from core.modalities.series.encoder import SeriesEncoder
    from core.readers.reading.report import Progress, ReadReport
    from core.store.records import Dataset
    from core.store.workspace import Workspace

FILE, PART = "file", "part"
"""Columns that are added: the file of each moment where there are several, and its part where one file is judged."""


def ingest(
    space: Workspace,
    files: Sequence[Path],
    *,
    name: str,
    names: Sequence[str],
    origin: str,
    test_name: str,
    second_is: str,
    options: ReadOptions | None,
    replaces: str,
    progress: Progress | None,
    reading: SeriesReading,
) -> Dataset:
    """Read files into the workspace; see :meth:`core.modalities.series.modality.SeriesModality.ingest`."""
    if second_is != "test" and test_name:
        raise ConfigError(
            "Of a time series a second file is judged; it cannot be said to hold anomalies alone. Give it with --test, "
            "or name a label column."
        )
    if replaces and space.store.runs(replaces):
        raise DataError("A dataset can be read in another way while no run uses it. Upload the file as a new dataset.")
    show, chosen = progress or (lambda _: None), options or ReadOptions()
    called = [*names] if len(names) == len(files) else [file.name for file in files]
    called = [name or called[0], *called[1:]] if len(files) == 1 or test_name else called
    if test_name:
        called[-1] = test_name
    with scratch_folder(settings().home / "reading") as folder:
        reports: list[ReadReport] = []
        read: list[tuple[Path, str]] = []
        for place, (file, title) in enumerate(zip(files, called, strict=True)):
            out = folder / f"{place}.parquet"
            part = _part(show, 0.8 * place / len(files), 0.8 / len(files))
            reports.append(read_table(file, out, name=title, options=chosen, progress=part))
            read.append((out, Path(title).stem))
        data, reading = _joined(read, folder, bool(test_name), reading)
        made = folder / "series"
        made.mkdir()
        written = Written(data, made, **_of_stamps(reading))
        if reading.ranges:
            written.add_ranges(Path(reading.ranges), called[0])
        main = reports[0]
        notes = [note for report in reports for note in report.notes]
        report = {
            **main.to_dict(),
            "rows": Table(data).rows,
            "columns": list(written.table.columns),
            "options": chosen.to_dict(),
            "notes": [*notes, *written.notes],
            "reading": to_dict(reading),
        }
        schema = written.schema
        if test_name:
            schema = replace(
                schema,
                columns=tuple(
                    replace(c, role="split", role_reason="The second file is judged.") if c.name == PART else c
                    for c in schema.columns
                ),
            )
        dataset = keep(
            space.store,
            space.artifacts,
            (written.index, None),
            table=written.table,
            name=_title(name or called[0]),
            source=origin or name or called[0],
            schema=schema,
            report=report,
            replaces=replaces,
            modality="series",
            content=written.content,
        )
        show(1.0)
        return dataset


def _part(show: Progress, start: float, share: float) -> Progress:
    return lambda done: show(start + share * done)


def _joined(
    read: Sequence[tuple[Path, str]], folder: Path, second: bool, reading: SeriesReading
) -> tuple[Path, SeriesReading]:
    """All files as one table, with what it takes to keep their series and their parts apart."""
    if len(read) == 1:
        return read[0][0], reading
    if second:
        parts = ["train"] * (len(read) - 1) + ["test"]
        read = [(path, part) for (path, _), part in zip(read, parts, strict=True)]
        return together(read, folder / "all.parquet", PART), reading
    guessed = infer_schema(Table(read[0][0])).group
    if reading.group or guessed:
        return together(read, folder / "all.parquet"), reading
    return together(read, folder / "all.parquet", FILE), replace(reading, group=FILE)


def _of_stamps(reading: SeriesReading) -> dict[str, Any]:
    return {name: value for name, value in to_dict(reading).items() if name != "ranges"}


def read_new(
    file: Path,
    encoder: SeriesEncoder,
    folder: Path,
    *,
    name: str,
    options: ReadOptions | None,
    progress: Progress | None,
) -> tuple[SeriesSamples, tuple[str, ...]]:
    """The moments of a file that no run has seen, and sentences on how it was read."""
    from core.notes.reading import reading_notes

    out, kept = folder / "data.parquet", encoder.stamps
    needed = tuple(name for name in (*encoder.channels, kept.get("time", "")) if name)
    report = read_later(file, out, encoder.interpretation, needed, name=name, options=options, progress=progress)
    present = Table(out).types
    group = kept.get("group", "")
    written = Written(
        out,
        folder,
        time=kept.get("time") or "none",
        group=group if group in present else "none",
        **with_reading(kept),
    )
    values, seconds = opened(folder)
    samples = SeriesSamples(
        written.table, written.schema, written.about, np.asarray(values), np.asarray(seconds), channels=encoder.channels
    )
    return samples, (*(note.text for note in reading_notes(report.to_dict())), *written.notes)


def _title(name: str) -> str:
    from core.readers.ingest import _title as title

    return title(name)
