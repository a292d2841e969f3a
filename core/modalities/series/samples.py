"""Series as samples: each moment is one; values lie beside the index in a file that is mapped into memory.

For who draws them, fast at any length (nothing is read but what is asked for)::

    samples = modality.open(dataset, artifacts)      # or run.samples
    samples.channels                                 # names, in the order of the columns below
    samples.between(start, stop)                     # moments start … stop - 1, shape (moments, channels), NaN: missing
    samples.channel("pressure")                      # one channel of all moments, a view of the mapped file
    samples.seconds                                  # when each moment was (mapped): seconds since 1970 UTC, a number
                                                     # or its place, as samples.kind says: "time", "number", "order"
    samples.spans, samples.series_of(id)             # stretches [start, stop), and the name of a moment's series
    samples.read(ids).values                         # the same of single moments in any order
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from core.errors import DataError
from core.modalities.series.content import Floats, Ids, Moments, Spans
from core.words import amount

if TYPE_CHECKING:
    from collections.abc import Mapping

    from core.index.schema import Schema
    from core.index.table import Table
    from core.readers.reading.trained.interpretation import Interpretation

VALUES, TIMES, ABOUT = "channels.npy", "moments.npy", "series.json"
"""Beside a dataset's index: all columns of numbers, shape (columns, moments); when each moment was; what is known."""
_FARTHEST = 253_402_300_799.0


@dataclass(frozen=True)
class SeriesFacts:
    """What is known of the series of a dataset."""

    columns: tuple[str, ...]
    """The columns whose values are kept."""
    kind: str
    step: float
    spans: Spans
    series: NDArray[np.int64]
    names: tuple[str, ...]
    time: str
    """The column of stamps, empty where there is none."""
    group: str
    reading: Mapping[str, Any]
    """How stamps were read: what was chosen of duplicates and gaps."""

    def to_dict(self) -> dict[str, Any]:
        """Plain values that JSON can hold."""
        return {
            "columns": list(self.columns),
            "kind": self.kind,
            "step": self.step,
            "spans": self.spans.tolist(),
            "series": self.series.tolist(),
            "names": list(self.names),
            "time": self.time,
            "group": self.group,
            "reading": dict(self.reading),
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> SeriesFacts:
        """What :meth:`to_dict` gave."""
        return cls(
            tuple(values["columns"]),
            str(values["kind"]),
            float(values["step"]),
            np.array(values["spans"], dtype=np.int64).reshape(-1, 2),
            np.array(values["series"], dtype=np.int64),
            tuple(values["names"]),
            str(values["time"]),
            str(values["group"]),
            dict(values["reading"]),
        )


class SeriesSamples:
    """The moments of a dataset, and their index; safe to share between threads.

    Parameters
    ----------
    index, schema
        One row a moment; the features are the channels.
    about
        What is known of the series.
    values
        All columns of numbers, shape (columns, moments).
    seconds
        When each moment was.
    channels
        The channels; the schema's features by default.
    interpretation
        How the file was read.
    """

    def __init__(
        self,
        index: Table,
        schema: Schema,
        about: SeriesFacts,
        values: Floats,
        seconds: Floats,
        *,
        channels: tuple[str, ...] = (),
        interpretation: Interpretation | None = None,
    ) -> None:
        self.index, self.schema, self.about, self.interpretation = index, schema, about, interpretation
        self.seconds, self._values = seconds, values
        features = channels or tuple(column.name for column in schema.features if column.name in about.columns)
        if not features:
            raise DataError(
                "No column is a channel: none of those with the role feature holds numbers. Give one that does this "
                "role on the Data page."
            )
        self.channels = features
        self._rows = np.array([about.columns.index(name) for name in features])
        self.spans = self._cut_by_parts()

    def __len__(self) -> int:
        return int(self._values.shape[1])

    @property
    def kind(self) -> str:
        """What ``seconds`` are: "time", "number" or "order"."""
        return self.about.kind

    def between(self, start: int, stop: int) -> Floats:
        """The channels from one moment up to but without another, shape (moments, channels); NaN where missing."""
        found: Floats = np.ascontiguousarray(self._values[self._rows, start:stop].T)
        return found

    def channel(self, name: str) -> Floats:
        """One column of numbers at all moments: a view of the mapped file."""
        found: Floats = self._values[self.about.columns.index(name)]
        return found

    def read(self, ids: Ids) -> Moments:
        """Some moments; their values are read when they are asked for."""
        return Moments(self, np.asarray(ids, dtype=np.int64))

    def series_of(self, id: int) -> str:
        """The name of the series that a moment is of; empty where there is one."""
        place = int(np.searchsorted(self.about.spans[:, 0], id, side="right")) - 1
        return self.about.names[int(self.about.series[place])]

    def name(self, id: int) -> str:
        """What people call a moment: "pump 4, 2020-03-09 12:05"."""
        series = self.series_of(id)
        return f"{series}, {self.stamp(id)}" if series else self.stamp(id)

    def stamp(self, id: int) -> str:
        """When a moment was, in words."""
        at = float(self.seconds[id])
        if self.kind == "time":
            return stamp_words(at)
        return f"{self.about.time} {amount(at)}" if self.kind == "number" else f"moment {id:,}"

    def _cut_by_parts(self) -> Spans:
        """The stretches, cut where the second file begins, or where the column of parts names another."""
        cuts = [self.index.main_rows] if self.index.test_rows else []
        if self.schema.split and self.schema.split in self.index.types:
            import pandas as pd

            parts = self.index.query(f"SELECT {self.index.key(self.schema.split)} AS part FROM data")["part"]
            codes = pd.factorize(parts, use_na_sentinel=False)[0]
            cuts += (np.flatnonzero(np.diff(codes)) + 1).tolist()
        if not cuts:
            return self.about.spans
        starts = np.union1d(self.about.spans[:, 0], cuts)
        return np.stack([starts, np.append(starts[1:], len(self))], axis=1).astype(np.int64)

    @cached_property
    def n_series(self) -> int:
        """How many series there are."""
        return len(np.unique(self.about.series))


def stamp_words(seconds: float) -> str:
    """A moment in UTC as people read it; parts of a second only where there are any."""
    if not abs(seconds) < _FARTHEST:
        return amount(seconds)
    at = datetime.fromtimestamp(round(seconds, 6), UTC)
    text = at.strftime("%Y-%m-%d %H:%M:%S")
    if at.microsecond:
        return f"{text}.{at.microsecond:06d}".rstrip("0")
    return text.removesuffix(":00")


def opened(folder: Path) -> tuple[Floats, Floats]:
    """The values and the times of a dataset, mapped into memory."""
    return np.load(folder / VALUES, mmap_mode="r"), np.load(folder / TIMES, mmap_mode="r")
