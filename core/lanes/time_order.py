"""Samples in the order of time: where each lies, of which series it is, and what the usual step is."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class TimeOrder:
    """Samples in the order of time, those of each series together.

    Build it with :meth:`of`, which sorts.
    """

    row: Ints
    """The number of each moment's sample."""
    time: Floats
    """Its place in time: seconds since 1970, or numbers."""
    series: NDArray[np.int32]
    """The series that it is of; equal ones lie together."""
    step: float
    """The usual distance of one moment to the next, 1 where there is none."""
    unplaced: int = 0
    """Samples that were left out, as they have no place in time."""
    kind: str = "time"
    """"time" (seconds since 1970), "number" or "order"."""
    names: tuple[str, ...] = field(default=("",))
    """What each series is called."""

    @classmethod
    def of(
        cls,
        time: Floats,
        rows: Ints | None = None,
        series: NDArray[np.integer] | None = None,
        *,
        kind: str = "time",
        names: tuple[str, ...] = ("",),
    ) -> TimeOrder:
        """Put samples into the order of time, those of each series together.

        Parameters
        ----------
        time
            The place of every sample of the dataset; NaN is left out and counted.
        rows
            The samples that are asked about; all by default.
        series
            The series of every sample of the dataset, as a place in ``names``; one by default.
        """
        asked = np.arange(time.size, dtype=np.int64) if rows is None else np.asarray(rows, np.int64)
        known = asked[np.isfinite(time[asked])]
        of = np.zeros(known.size, np.int32) if series is None else series[known].astype(np.int32)
        at = time[known]
        ahead = (np.diff(at) >= 0) if series is None else (np.diff(of) > 0) | ((np.diff(of) == 0) & (np.diff(at) >= 0))
        if not ahead.all():
            # A stable sort, so that moments at the same time stay in the order of the file.
            order = np.lexsort((at, of))
            known, of, at = known[order], of[order], at[order]
        return cls(known, at, of, _step(at, of), asked.size - known.size, kind, names)

    def __len__(self) -> int:
        return len(self.row)

    @property
    def days(self) -> float:
        """The days that these moments cover, holes left out; 0 where the places are no times."""
        if self.kind != "time" or not len(self):
            return 0.0
        apart = np.diff(self.time)[np.diff(self.series) == 0]
        # A hole of months is no time in which anybody looked.
        return float(np.minimum(apart, _HOLE * self.step).sum() + self.step) / 86_400.0


_HOLE = 100.0
"""Steps after which there is a hole in the data."""


def _step(time: Floats, series: NDArray[np.int32]) -> float:
    """The median distance of moments that differ in time."""
    apart = np.diff(time)[np.diff(series) == 0]
    apart = apart[apart > 0]
    if not apart.size:
        return 1.0
    return float(np.median(apart if apart.size <= 1_000_000 else apart[:: apart.size // 1_000_000 + 1]))
