"""From files to series: read as a table, put in the order of time, written with its channels beside the index."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from core.errors import DataError
from core.index.schema import Column, Schema, infer_schema
from core.index.table import Table, literal, quoted
from core.modalities.series.samples import ABOUT, TIMES, VALUES, SeriesFacts
from core.modalities.series.stamps import Order, order_of

if TYPE_CHECKING:
    from collections.abc import Mapping

_NUMBERS = ("integer", "float", "boolean")
NOT_A_CHANNEL = "A channel is a number; this can be filtered and coloured by."
LABEL = "label"
"""The column that is added where ranges say which moments are anomalies."""
CONSTANT = "It is the same at every moment, so nothing can be learned from it."


class Written:
    """Series as files in a folder: the index in the order of time, the channels, the times, what is known of them.

    Parameters
    ----------
    data
        The table as it was read.
    folder
        Where the files are written.
    time, group
        The columns of stamps and of the series' names; found by default. "none" says that there is no such column.
    duplicates, gaps, gap
        As in :func:`core.modalities.series.stamps.order_of`.
    second
        Rows of the table from here on are those of a second file.
    """

    def __init__(
        self,
        data: Path,
        folder: Path,
        *,
        time: str = "",
        group: str = "",
        duplicates: str = "mean",
        gaps: str = "cut",
        gap: float = 0.0,
    ) -> None:
        table = Table(data)
        if not table.rows:
            raise DataError("The file holds no row, and a series has one a moment. Choose another file.")
        schema = infer_schema(table)
        self.time, self.group = _time(schema, time), _group(schema, group)
        reading = {"duplicates": duplicates, "gaps": gaps, "gap": gap}
        order = order_of(table, schema, time=self.time, group=self.group, duplicates=duplicates, gaps=gaps, gap=gap)
        self.notes = order.notes
        self.index = _write_index(table, data, order, folder / "index.parquet")
        self.table = Table(self.index)
        self.schema = _schema(infer_schema(self.table), self.time, self.group)
        columns = tuple(n for n, kind in table.types.items() if kind in _NUMBERS and n != self.time)
        if not columns:
            raise DataError(
                "No column holds numbers, and a channel of a series is one. Choose another file, or read it as a table."
            )
        _write_values(self.table, columns, folder / VALUES)
        np.save(folder / TIMES, order.seconds)
        self.about = SeriesFacts(
            columns, order.kind, order.step, order.spans, order.series, order.names, self.time, self.group, reading
        )
        (folder / ABOUT).write_text(json.dumps(self.about.to_dict()), encoding="utf-8")
        self.content = {name: folder / name for name in (VALUES, TIMES, ABOUT)}

    def add_ranges(self, file: Path, name: str) -> None:
        """Label the moments within the ranges of a file; see :func:`core.modalities.series.ranges.labels_of`.

        Raises
        ------
        DataError
            When the moments have labels already, or the file holds no ranges.
        """
        import pyarrow as pa
        import pyarrow.parquet as pq

        from core.modalities.series.ranges import labels_of

        if LABEL in self.table.types or self.schema.label is not None:
            taken = self.schema.label or LABEL
            raise DataError(f"The column {taken!r} labels the moments already. Leave out the file of labelled ranges.")
        seconds = np.load(self.content[TIMES])
        labels, said = labels_of(file, name, seconds, self.about.kind)
        self.notes = (*self.notes, said)
        out = self.index.with_name("labelled.parquet")
        pq.write_table(pq.read_table(self.index).append_column(LABEL, pa.array(labels.astype(np.int64))), out)
        self.index, self.table = out, Table(out)
        schema = infer_schema(self.table).with_label(LABEL, normal=["0"])
        self.schema = _schema(schema, self.time, self.group)


def _time(schema: Schema, said: str) -> str:
    """The column of stamps."""
    if said == "none":
        return ""
    if said:
        return schema.column(said).name
    if schema.time is not None:
        return schema.time
    dates = [column.name for column in schema.columns if column.kind == "datetime"]
    if dates:
        return dates[0]
    counters = [c.name for c in schema.columns if c.name.lower() in ("t", "time", "step") and c.type in _NUMBERS[:2]]
    return counters[0] if counters else ""


def _group(schema: Schema, said: str) -> str:
    if said == "none":
        return ""
    return schema.column(said).name if said else schema.group or ""


def _schema(schema: Schema, time: str, group: str) -> Schema:
    """The guesses for a table, with the roles that columns have in a series."""

    def of(column: Column) -> Column:
        if column.name == time:
            return replace(column, role="time", role_reason="It says when each moment was.")
        if column.name == group:
            return replace(column, role="group", role_reason="It names the series that each moment is of.")
        if column.role in ("time", "group"):
            return replace(column, role="ignored", role_reason="Another column was chosen for this role.")
        if column.role in ("label", "split"):
            return column
        if column.type not in _NUMBERS:
            return replace(column, role="ignored", role_reason=NOT_A_CHANNEL)
        if column.kind == "constant":
            return replace(column, role="ignored", role_reason=CONSTANT)
        if column.role == "ignored" and column.kind not in ("identifier", "text"):
            return column
        return replace(column, role="feature", kind="number", role_reason="It is a number at every moment: a channel.")

    columns = tuple(map(of, schema.columns))
    if not any(column.role == "feature" for column in columns):
        # A series that never changes is one all the same.
        columns = tuple(
            replace(c, role="feature", role_reason="No other column could be a channel.")
            if c.kind == "constant" and c.type in _NUMBERS and c.role == "ignored"
            else c
            for c in columns
        )
    return replace(schema, columns=columns)


def _write_index(table: Table, data: Path, order: Order, out: Path) -> Path:
    """The rows of the moments in their order; the file as it is where that is its order."""
    if len(order.rows) == table.rows and bool((np.diff(order.rows) == 1).all()) and order.merged is None:
        return data
    import pandas as pd

    frame = table.frame(rows=order.rows, exact=True)
    if order.merged is not None:
        rows, moment = order.merged
        for name, kind in table.types.items():
            if kind != "float":
                continue
            values = table.frame([name], rows=rows)[name].to_numpy(np.float64, na_value=np.nan)
            frame[name] = pd.Series(values).groupby(moment).mean().to_numpy()
    frame.to_parquet(out, index=False, row_group_size=100_000)
    return out


def _write_values(table: Table, columns: tuple[str, ...], out: Path) -> None:
    values = np.lib.format.open_memmap(out, mode="w+", dtype=np.float64, shape=(len(columns), table.rows))
    for place, name in enumerate(columns):
        found = table.numbers(quoted(name))
        found[~np.isfinite(found)] = np.nan
        values[place] = found
    values.flush()


def together(files: Sequence[tuple[Path, str]], out: Path, column: str = "") -> Path:
    """Several tables one after the other in one file; ``column`` gets the name of each."""
    import duckdb

    if len(files) == 1 and not column:
        return files[0][0]
    named = "".join(f", {literal(name)} AS {quoted(column)}" for name in ("{}",) if column)
    parts = []
    for path, name in files:
        more = f", {literal(name)} AS {quoted(column)}" if named else ""
        parts.append(f"SELECT *{more} FROM read_parquet({literal(str(path))})")
    with duckdb.connect() as connection:
        connection.execute(f"COPY ({' UNION ALL BY NAME '.join(parts)}) TO {literal(str(out))} (FORMAT parquet)")
    return out


def with_reading(reading: Mapping[str, Any]) -> dict[str, Any]:
    """What was chosen of stamps, as :class:`Written` takes it."""
    return {name: reading[name] for name in ("duplicates", "gaps", "gap") if name in reading}
