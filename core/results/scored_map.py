"""A map with the scores of its rows, sorted ascending: the rows that a threshold flags are the last ones.

The browser gets places alone, as bytes; which row a point is, it asks. ``assets/explorer/map_points.js`` reads them.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.projections.map_points import MapPoints
from core.results.row_filter import RowFilter
from core.results.scored import ScoredRows


@dataclass(frozen=True)
class ScoredMap:
    """The points of a map, ascending by score."""

    points: MapPoints
    order: NDArray[np.int64]
    """The place of each point among the rows of ``points``."""
    score: NDArray[np.float64]
    label: NDArray[np.int8]

    @classmethod
    def of(cls, points: MapPoints, scored: ScoredRows) -> ScoredMap:
        """A map with the scores and labels of all rows of the run."""
        if len(points) == points.of:
            order = scored.order[::-1]
            return cls(points, order, scored.score[order], scored.label[order])
        score = scored.score[points.row]
        order = np.argsort(score, kind="stable")
        return cls(points, order, score[order], scored.label[points.row[order]])

    def __len__(self) -> int:
        return len(self.order)

    @property
    def row(self) -> NDArray[np.int64]:
        """The row of each point."""
        return self.points.row[self.order]

    def row_at(self, point: int) -> int:
        """The row of one point."""
        return int(self.points.row[self.order[point]])

    def at(self, row: int | None) -> int | None:
        """The point of a row; None where it has none."""
        place = -1 if row is None else int(np.searchsorted(self.points.row, row))
        if not 0 <= place < len(self) or self.points.row[place] != row:
            return None
        return int(np.flatnonzero(self.order == place)[0])

    def below(self, threshold: float) -> int:
        """How many points a threshold does not flag; they are the first."""
        return int(np.searchsorted(self.score, threshold, side="right"))

    def within(self, corners: Sequence[tuple[float, float]]) -> NDArray[np.int64]:
        """The rows in an area, ascending."""
        return self.points.row[self.points.within(corners)]

    def matches(self, choice: RowFilter) -> NDArray[np.bool_]:
        """Which points somebody has chosen."""
        found = np.zeros(len(self), dtype=bool)
        found[self.below(choice.low) : self.below(choice.high)] = True
        if choice.label is not None:
            found &= self.label == choice.label
        if choice.rows is not None:
            listed = np.zeros(self.points.of, dtype=bool)
            listed[choice.rows[choice.rows < self.points.of]] = True
            found &= listed[self.row]
        return found

    def payload(self, steps: NDArray[np.float64], key: str) -> bytes:
        """The points as the browser gets them: how many are below each step of the grid that it has, and places."""
        axes = [[a.middle, a.size, a.reach] for a in self.points.axes[:2]]
        encoded = json.dumps({"key": key, "n": len(self), "axes": axes, "steps": len(steps)}).encode()
        # Numbers of four bytes begin where four bytes begin.
        encoded += b" " * (-len(encoded) % 4)
        below = np.searchsorted(self.score, steps, side="right").astype("<u4").tobytes()
        # Side by side, as the graphics card wants them.
        places = np.stack([codes[self.order] for codes in self.points.codes[:2]], axis=1).astype("<u2")
        return b"".join([struct.pack("<I", len(encoded)), encoded, below, places.tobytes()])
