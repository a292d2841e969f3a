"""Where a sample stands in the file that was read: the file's name, and the line as a spreadsheet counts it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from core.readers.reading.text.lines import LineCounts

if TYPE_CHECKING:
    from core.store.records import Dataset


@dataclass(frozen=True)
class FilePlaces:
    """The files of a dataset, and the line of the first row of each; None where lines cannot be told."""

    names: tuple[str, ...]
    rows: tuple[int, ...]
    first: tuple[int | None, ...]

    @classmethod
    def of(cls, dataset: Dataset) -> FilePlaces:
        """The files that a dataset was read from."""
        report, second = dataset.report, dataset.report.get("test")
        if not isinstance(second, Mapping):
            return cls((_name(dataset),), (dataset.rows,), (_first_line(report),))
        names = _name(dataset), str(second.get("name", ""))
        return cls(names, (dataset.rows, dataset.test_rows), (_first_line(report), _first_line(second)))

    @property
    def told(self) -> bool:
        """Whether every row's line is known."""
        return None not in self.first

    def of_rows(self, rows: NDArray[np.int64]) -> tuple[list[str], list[int | None]]:
        """The file and the line of each of some rows."""
        starts = np.cumsum([0, *self.rows[:-1]])
        files = np.searchsorted(starts, rows, side="right") - 1
        lines: list[int | None] = []
        for row, file in zip(rows.tolist(), files.tolist(), strict=True):
            first = self.first[file]
            lines.append(None if first is None else first + int(row) - int(starts[file]))
        return [self.names[file] for file in files.tolist()], lines


def _name(dataset: Dataset) -> str:
    """The file's own name where it is known, else what the dataset is called."""
    last = PurePath(dataset.source.replace("\\", "/")).name
    return last if PurePath(last).suffix else dataset.name


def _first_line(report: Mapping[str, Any]) -> int | None:
    """The line of the first row, from 1; None where lines between the rows were left out, or there are none."""
    lines = LineCounts.from_dict(report.get("lines") or {})
    # A record over several lines is one row of a spreadsheet; what was left out among the rows shifts all below it.
    among = lines.comments + lines.repeated + lines.separators + lines.empty + lines.rejected
    if not lines.rows or among:
        return None
    return lines.preamble + lines.header + lines.units + 1
