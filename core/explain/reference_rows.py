"""Usual rows to compare with: which of them are like a row, and what these have in one of its columns."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Places = NDArray[np.int64]

NEIGHBOURS = 15
"""Rows that are looked at to say what rows like this one have; 5 and 30 named planted changes as well."""
FARTHEST = 3.0
"""Two rows differ by no more than this in an encoded column, so that one wild value does not choose the company."""


class ReferenceRows:
    """Encoded normal rows that a row is compared with.

    Parameters
    ----------
    x
        Encoded training rows, shape (n, width).
    feature_of
        The feature of each encoded column, ascending, shape (width,).
    rows
        Their row numbers in the table, so that a row is not compared with itself; may be left out.
    """

    def __init__(
        self, x: NDArray[np.float32], feature_of: NDArray[np.integer], rows: NDArray[np.int64] | None = None
    ) -> None:
        self.x = np.ascontiguousarray(x, dtype=np.float32)
        self.rows = np.full(len(x), -1, dtype=np.int64) if rows is None else rows
        self.feature_of = np.asarray(feature_of, dtype=np.int64)
        self.starts = np.flatnonzero(np.diff(self.feature_of, prepend=-1))
        self.stops = np.append(self.starts[1:], len(self.feature_of))
        self._columns = np.ascontiguousarray(self.x.T)

    def __len__(self) -> int:
        return len(self.x)

    @property
    def features(self) -> int:
        """How many features the encoded columns belong to."""
        return len(self.starts)

    def place(self, feature: int) -> slice:
        """The encoded columns of a feature."""
        return slice(int(self.starts[feature]), int(self.stops[feature]))

    def apart(self, row: NDArray[np.float32]) -> NDArray[np.float32]:
        """Squared distance to each usual row by feature, each capped, shape (features, n)."""
        gap = self._columns - np.asarray(row, dtype=np.float32)[:, None]
        np.clip(gap, -FARTHEST, FARTHEST, out=gap)
        np.square(gap, out=gap)
        apart = np.empty((self.features, len(self)), dtype=np.float32)
        # Several times as fast as numpy's reduceat along the first axis.
        for feature in range(self.features):
            np.add.reduce(gap[self.place(feature)], axis=0, out=apart[feature])
        return apart

    def nearest(self, apart: NDArray[np.float32], count: int = NEIGHBOURS, own: int = -1) -> Places:
        """Places of the rows nearest to one, the nearest first; by all columns.

        Parameters
        ----------
        apart
            What :meth:`apart` says of the row.
        count
            How many, fewer where there are fewer.
        own
            The row's own number in the table, which is left out.
        """
        apart = apart.sum(axis=0)
        apart[self._is(own)] = np.inf
        count = min(count, int(np.isfinite(apart).sum()))
        some = np.argpartition(apart, count - 1)[:count] if count < len(apart) else np.arange(len(apart))
        found: Places = some[np.argsort(apart[some], kind="stable")][:count].astype(np.int64)
        return found

    def expected(self, apart: NDArray[np.float32], features: NDArray[np.integer], own: int = -1) -> Places:
        """For each of some features the usual row whose value is what rows like this one have there.

        Rows like this one are the nearest by all *other* columns; of their values it is the one in the middle, the
        medoid: a median that is a value somebody had, and a category among the most frequent ones.

        Parameters
        ----------
        apart
            What :meth:`apart` says of the row.
        features
            Which.
        own
            The row's own number in the table, which is left out.

        Returns
        -------
        Places in ``x``, shape (features,).
        """
        itself = self._is(own)
        others = apart.sum(axis=0) - apart[features]
        others[:, itself] = np.inf
        count = min(NEIGHBOURS, len(self) - int(itself.sum()))
        near = np.argpartition(others, count - 1, axis=1)[:, :count]
        chosen = np.empty(len(features), dtype=np.int64)
        widths = (self.stops - self.starts)[features]
        for width in np.unique(widths):
            some = np.flatnonzero(widths == width)
            columns = self.starts[features[some]][:, None] + np.arange(width)
            values = self.x[near[some][:, :, None], columns[:, None, :]]
            gaps = np.linalg.norm(values[:, :, None] - values[:, None], axis=3).sum(axis=2)
            chosen[some] = near[some, gaps.argmin(axis=1)]
        return chosen

    def _is(self, own: int) -> NDArray[np.bool_]:
        """Which usual row is the row itself; none where it is the only one."""
        itself: NDArray[np.bool_] = self.rows == own if own >= 0 and len(self) > 1 else np.zeros(len(self), dtype=bool)
        return itself
