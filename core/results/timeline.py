"""Scores over time in at most 480 intervals of a round length: the highest score of each, exact at any number of rows.

An interval whose highest score is above a threshold holds flagged rows, and no other does: a line drawn through the
highest scores says at every threshold when something was flagged. ``assets/explorer/timeline.js`` reads it.
"""

from __future__ import annotations

import json
import math
import struct
import zlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.metrics.groups import PARTS
from core.results.grid_payload import by_byte

BINS = 480
_AT_ONCE = 65_536
"""Rows that are counted together: what is made of them on the way stays in the processor's cache."""
_SECONDS = (
    1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200,
    86_400, 172_800, 604_800, 2_592_000, 7_776_000, 31_536_000,
)  # fmt: skip
"""Lengths that people count time in."""

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Timeline:
    """Rows by interval ``[start + i * width, start + (i + 1) * width)`` and part (``PARTS``)."""

    kind: str
    """"time", in seconds since 1970, or "order", in row numbers."""
    start: float
    width: float
    rows: NDArray[np.int64]
    """Shape (parts, intervals)."""
    anomalies: NDArray[np.int64]
    """Rows whose label says so, shape (parts, intervals)."""
    top: Numbers
    """The highest score; NaN without rows, shape (parts, intervals)."""
    at: NDArray[np.int64]
    """The row that has it, the first of several; -1 without rows, shape (parts, intervals)."""

    @classmethod
    def build(
        cls, kind: str, times: Numbers, scores: Numbers, labels: NDArray[np.int8], parts: NDArray[np.uint8]
    ) -> Timeline | None:
        """Count the rows; None where they have fewer than two different places.

        Parameters
        ----------
        kind
            "time" or "order".
        places
            Seconds since 1970 or row numbers, one per row; NaN is left out.
        scores, labels, parts
            One per row; parts are places in ``PARTS``.
        """
        known = times[np.isfinite(times)]
        if not known.size or known.min() == known.max():
            return None
        start, width, n = intervals(float(known.min()), float(known.max()), kind)
        size, shape = len(PARTS) * n, (len(PARTS), n)
        rows, odd = np.zeros(size + 1, np.int64), np.zeros(size + 1, np.int64)
        cells = np.empty(times.size, np.int32)
        for first in range(0, times.size, _AT_ONCE):
            some = slice(first, first + _AT_ONCE)
            bins = bin_of(times[some], start, width, n)
            # Parts after each other, and a last cell for the rows that are in no interval.
            cell = np.where(bins >= 0, bins + n * parts[some].astype(np.int64), size)
            rows += np.bincount(cell, minlength=size + 1)
            odd += np.bincount(cell[labels[some] == 1], minlength=size + 1)
            cells[some] = cell
        top, at = _highest(cells, scores, size)
        rows, odd = rows[:size].reshape(shape), odd[:size].reshape(shape)
        return cls(kind, start, width, rows, odd, top.reshape(shape), at.reshape(shape))

    def pack(self, key: str = "") -> bytes:
        """The time line as bytes: a header (JSON, its length before it) and a zlib stream, numbers by byte."""
        filled = [part for part in range(len(PARTS)) if self.rows[part].any()]
        header = {"key": key, "kind": self.kind, "start": self.start, "width": self.width, "n": self.rows.shape[1]}
        body = b"".join(
            by_byte(numbers)
            for part in filled
            for numbers in (
                self.rows[part].astype("<u4"), self.anomalies[part].astype("<u4"), self.top[part].astype("<f8"),
            )
        )  # fmt: skip
        encoded = json.dumps({**header, "parts": filled}, separators=(",", ":")).encode()
        return struct.pack("<I", len(encoded)) + encoded + zlib.compress(body, 9)


def intervals(low: float, high: float, kind: str) -> tuple[float, float, int]:
    """Start, length and number of the intervals that hold everything from ``low`` to ``high``."""
    width = _width((high - low) / (BINS - 2), kind)
    start = math.floor(low / width) * width
    return start, width, math.floor((high - start) / width) + 1


def bin_of(times: Numbers, start: float, width: float, n: int) -> NDArray[np.int64]:
    """The interval of each place; -1 where it is in none."""
    with np.errstate(invalid="ignore"):
        bins = np.floor((times - start) / width)
        inside = (bins >= 0) & (bins < n)
    return np.where(inside, bins, -1.0).astype(np.int64)


def highest_per_interval(bins: NDArray[np.int64], scores: Numbers, n: int) -> Numbers:
    """The highest score of each interval; NaN without rows. Rows in none have the interval -1."""
    return _highest(bins, scores, n)[0]


def _highest(cells: NDArray[np.integer], scores: Numbers, n: int) -> tuple[Numbers, NDArray[np.int64]]:
    """The highest score of each cell, NaN without rows, and the first row that has it; the last cell is no one's."""
    top, at = np.full(n + 1, -np.inf), np.full(n + 1, -1, np.int64)
    np.maximum.at(top, cells, scores)
    # Backwards, so that the first of several equal rows is written last.
    highest = np.flatnonzero(scores == top[cells])[::-1]
    at[cells[highest]] = highest
    top[at < 0] = np.nan
    return top[:n], at[:n]


def _width(least: float, kind: str) -> float:
    """The shortest round length that is no shorter than ``least``."""
    if kind == "time" and 1 <= least <= _SECONDS[-1]:
        return float(next(width for width in _SECONDS if width >= least))
    power = 10.0 ** math.floor(math.log10(least))
    width = next(k * power for k in (1, 2, 5, 10) if k * power >= least * (1 - 1e-12))
    return max(1.0, width) if kind == "order" else width
