"""The lowest and the highest of many numbers in any stretch, read from a pyramid: no spike is lost, at any zoom.

Each level has the extremes of blocks of 16 of the level below. A stretch that is drawn in some columns of pixels is
read from the coarsest level that has several blocks a column, so that ten million numbers answer in a millisecond.
Downsampling libraries keep extremes by place; here columns are of equal *time*, and holes and missing values stay.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]
Ints = NDArray[np.int64]

FACTOR = 16
_BLOCKS = 8
"""Blocks a column at least, so that what is drawn lies less than an eighth of a pixel from its place."""


@dataclass(frozen=True)
class Extremes:
    """Numbers with the pyramid above them."""

    values: Floats
    """All of them; NaN where one is missing. May be a file that is mapped into memory."""
    levels: tuple[tuple[Floats, Floats], ...]
    """The lowest and the highest of each block of 16, of 256, …; NaN where all of a block are missing."""

    @classmethod
    def of(cls, values: NDArray[np.floating]) -> Extremes:
        """Build the pyramid: an eighth of the memory of the numbers."""
        levels: list[tuple[Floats, Floats]] = []
        low = high = values
        while len(low) > FACTOR:
            starts = np.arange(0, len(low), FACTOR)
            low = np.fmin.reduceat(low, starts).astype(np.float32)
            high = np.fmax.reduceat(high, starts).astype(np.float32)
            levels.append((low, high))
        return cls(values, tuple(levels))

    @property
    def flat(self) -> Floats:
        """The levels one after the other, shape (2, numbers)."""
        if not self.levels:
            return np.empty((2, 0), np.float32)
        return np.concatenate([np.stack(level) for level in self.levels], axis=1)

    @classmethod
    def kept(cls, values: Floats, flat: Floats) -> Extremes:
        """The pyramid again whose levels were written one after the other, shape (2, numbers)."""
        levels, size, start = [], len(values), 0
        while size > FACTOR:
            size = -(-size // FACTOR)
            levels.append((flat[0, start : start + size], flat[1, start : start + size]))
            start += size
        return cls(values, tuple(levels))

    def __len__(self) -> int:
        return len(self.values)

    def between(self, edges: Ints) -> tuple[Floats, Floats]:
        """The lowest and the highest number of each column; NaN where it has none.

        Parameters
        ----------
        edges
            Ascending places; column k holds the numbers from ``edges[k]`` up to but without ``edges[k + 1]``.
        """
        size, low, high = self._level(edges)
        first = edges[:-1] // size
        # Whole blocks: the last one of a column may reach into the next, and is then drawn in both.
        last = -(-edges[1:] // size)
        filled = edges[1:] > edges[:-1]
        if not filled.any():
            return np.full(len(first), np.nan), np.full(len(first), np.nan)
        begin, end = int(first[filled][0]), int(last[filled].max())
        pairs = np.empty(2 * len(first), np.int64)
        pairs[::2], pairs[1::2] = first - begin, np.maximum(last, first) - begin
        pairs = np.clip(pairs, 0, end - begin)
        # One more number behind the last, at which the last column may end.
        least = np.fmin.reduceat(np.append(low[begin:end], np.nan), pairs)[::2]
        most = np.fmax.reduceat(np.append(high[begin:end], np.nan), pairs)[::2]
        least[~filled] = most[~filled] = np.nan
        return least, most

    def _level(self, edges: Ints) -> tuple[int, Floats, Floats]:
        """The coarsest level that is fine enough, with the numbers in one of its blocks."""
        wanted = (int(edges[-1]) - int(edges[0])) / max(1, len(edges) - 1) / _BLOCKS
        size, low, high = 1, self.values, self.values
        for level in self.levels:
            if size * FACTOR > wanted:
                break
            size, (low, high) = size * FACTOR, level
        return size, low, high
