"""The windows of some moments, gathered a batch at a time, and numbers of windows as numbers of moments.

Windows are those that *cover* the moments asked for (what scores and explanations read), or those that consist of
nothing else than these moments (what is trained on: no window runs from one part into another). Neither runs over the
end of a stretch. What is found for a moment does not depend on the other moments that were asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from core.modalities.layout import Layout
from core.modalities.series.content import Ids, Spans

if TYPE_CHECKING:
    from torch import Tensor

Encode = Callable[[int, int], NDArray[np.float32]]
"""From a first moment and the one behind the last, within a stretch, to encoded moments, shape (moments, channels)."""

_BLOCK = 65_536


class SeriesWindows:
    """Windows of series, and how numbers of theirs become those of moments.

    Parameters
    ----------
    layout
        Of a window, ``("time", "channel")``.
    encode
        Reads encoded moments.
    spans
        The stretches.
    ids
        The moments that are asked for, in any order.
    pooling
        One of :data:`core.modalities.series.config.POOLINGS`.
    stride
        Moments from one window to the next; the last of a stretch ends where it ends.
    smooth
        Moments over which joined numbers are averaged.
    inside
        Only windows that consist of nothing else than the moments asked for; others have no number.
    """

    resident: Tensor | None = None

    def __init__(
        self,
        layout: Layout,
        encode: Encode,
        spans: Spans,
        ids: Ids,
        *,
        pooling: str = "mean",
        stride: int = 1,
        smooth: int = 0,
        inside: bool = False,
    ) -> None:
        self.layout, self.pooling, self.length = layout, pooling, layout.shape[0]
        self._ids, self._stride, self._smooth = ids, stride, 0 if smooth < 2 else smooth
        ascending = len(ids) < 2 or bool((ids[1:] > ids[:-1]).all())
        asked = ids if ascending else np.unique(ids)
        self._moments = self._with_neighbours(asked, spans) if self._smooth else asked
        self._bounds: tuple[Ids, Ids] | None = None
        if inside:
            self._starts = self._inside(spans)
        else:
            self._starts, *bounds = self._covering(spans)
            self._bounds = bounds[0], bounds[1]
        self._read(encode, spans)

    def __len__(self) -> int:
        return len(self._starts)

    def take(self, ids: Tensor, out: Tensor | None = None) -> Tensor:
        """Some windows, shape (n, time, channel)."""
        import torch

        first = self._places(ids.numpy())
        x = torch.from_numpy(self._values[first[:, None] + self._offsets])
        return x if out is None else out.copy_(x)

    def join(self, values: NDArray[Any], how: str = "") -> NDArray[Any]:
        """Numbers per window as numbers per moment; NaN for a moment without a window."""
        flat = values.reshape(-1, len(self))
        largest = (how or self.pooling) == "max"
        pooled = np.stack([self._pooled(row, largest) for row in flat]) if len(flat) else flat[:, :0]
        if self._smooth:
            pooled = self._smoothed(pooled)
        found = pooled[:, np.searchsorted(self._moments, self._ids)]
        return found.reshape(*values.shape[:-1], len(self._ids)).astype(values.dtype, copy=False)

    @property
    def _low(self) -> Ids:
        """The first window of each moment."""
        return self._windows_of_moments()[0]

    @property
    def _high(self) -> Ids:
        """The window behind the last one of each moment."""
        return self._windows_of_moments()[1]

    def _windows_of_moments(self) -> tuple[Ids, Ids]:
        """Which windows a moment has; of training windows it is hardly ever asked for."""
        if self._bounds is None:
            low = np.searchsorted(self._starts, self._moments - self.length + 1)
            self._bounds = low, np.searchsorted(self._starts, self._moments, side="right")
        return self._bounds

    def _places(self, windows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Where some windows begin among the moments that are kept."""
        starts = self._starts[windows].astype(np.int64)
        if len(self._shift) == 1:
            return np.asarray(starts - self._shift[0])
        return np.asarray(starts - self._shift[np.searchsorted(self._first_of_run, windows, side="right") - 1])

    def overlaid(self, x: NDArray[np.float32]) -> NDArray[np.float64]:
        """What windows say of each moment, shape (moments, channels): the mean over the windows that it comes from."""
        total = np.zeros((len(self._moments), x.shape[2]))
        for k in range(int((self._high - self._low).max(initial=0))):
            some = np.flatnonzero(self._low + k < self._high)
            window = self._low[some] + k
            total[some] += x[window, np.clip(self._moments[some] - self._starts[window], 0, self.length - 1)]
        total /= np.maximum(self._high - self._low, 1)[:, None]
        return total[np.searchsorted(self._moments, self._ids)]

    def loaded(self) -> SeriesWindows:
        """These windows: gathering them costs next to nothing."""
        return self

    def _pooled(self, row: NDArray[Any], largest: bool) -> NDArray[np.float64]:
        """The numbers of each moment's windows, one after the other: no sum depends on other moments."""
        joined = np.full(len(self._moments), np.nan)
        for start in range(0, len(joined), _BLOCK):
            block = slice(start, start + _BLOCK)
            low, high = self._low[block], self._high[block]
            count = high - low
            found = np.full(len(low), -np.inf if largest else 0.0)
            for k in range(int(count.max(initial=0))):
                some = np.flatnonzero(k < count)
                new = row[low[some] + k]
                found[some] = np.maximum(found[some], new) if largest else found[some] + new
            if not largest:
                found /= np.maximum(count, 1)
            found[count == 0] = np.nan
            joined[block] = found
        return joined

    def _smoothed(self, pooled: NDArray[np.float64]) -> NDArray[np.float64]:
        before, behind = self._reach
        total, count = np.zeros_like(pooled), np.zeros(pooled.shape[1], dtype=np.int64)
        for shift in range(-before, behind + 1):
            there = np.arange(pooled.shape[1]) + shift
            inside = (there >= 0) & (there < pooled.shape[1])
            # Neighbours in the list that follow each other in the same stretch.
            near = np.flatnonzero(inside)
            near = near[self._moments[there[near]] - self._moments[near] == shift]
            near = near[self._stretch[there[near]] == self._stretch[near]]
            total[:, near] += pooled[:, there[near]]
            count[near] += 1
        return total / count

    @property
    def _reach(self) -> tuple[int, int]:
        """How many moments before and behind one its smoothed number looks at."""
        if self.pooling == "causal":
            return self._smooth - 1, 0
        return self._smooth // 2, (self._smooth - 1) // 2

    def _with_neighbours(self, asked: Ids, spans: Spans) -> Ids:
        before, behind = self._reach
        stretch = _stretches(asked, spans)
        low, high = np.maximum(asked - before, spans[stretch, 0]), np.minimum(asked + behind, spans[stretch, 1] - 1)
        runs = _merged(low, high + 1)
        return np.concatenate([np.arange(a, b) for a, b in runs]) if len(runs) else asked

    def _covering(self, spans: Spans) -> tuple[Ids, Ids, Ids]:
        """The windows that the moments' numbers come from: their first moments, and which of them are each moment's."""
        moments, length = self._moments, self.length
        self._stretch = stretch = _stretches(moments, spans)
        begin, end = spans[stretch, 0], spans[stretch, 1]
        # The first window of a stretch, and its last; of one shorter than a window the only one, which begins before.
        first, last = np.minimum(begin, end - length), end - length
        if self.pooling in ("causal", "centre"):
            wanted = moments - length + 1 if self.pooling == "causal" else moments - length // 2
            at = np.clip(wanted, first, last)
            starts = at if len(at) < 2 or bool((np.diff(at) > 0).all()) else np.unique(at)
            place = np.searchsorted(starts, at)
            return starts, place, place + 1
        low = np.maximum(moments - length + 1, first)
        high = np.minimum(moments, last)
        if self._stride == 1:
            runs = _merged(low, high + 1)
            starts = np.concatenate([np.arange(a, b) for a, b in runs]) if len(runs) else low[:0]
        else:
            starts = self._strided(low, high, first, last)
        return starts, np.searchsorted(starts, low), np.searchsorted(starts, high, side="right")

    def _strided(self, low: Ids, high: Ids, first: Ids, last: Ids) -> Ids:
        """Every so many windows of each stretch, counted from its first moment, and the last, that are needed."""
        step = self._stride
        found = [np.unique(last[high == last])]
        for k in range(-(-self.length // step) + 1):
            at = first + (-(-(low - first) // step) + k) * step
            found.append(np.unique(at[at <= high]))
        return np.unique(np.concatenate(found))

    def _inside(self, spans: Spans) -> Ids:
        """The first moments of the windows that hold nothing but moments that were asked for."""
        moments, length = self._moments, self.length
        self._stretch = moments[:0]
        # A run ends where the next moment does not follow, or where its stretch ends.
        breaks = np.flatnonzero(moments[1:] != moments[:-1] + 1) + 1
        inner = np.searchsorted(moments, spans[:, 0])
        breaks = np.union1d(breaks, inner[(inner > 0) & (inner < len(moments))])
        begins, ends = np.concatenate([[0], breaks]), np.concatenate([breaks, [len(moments)]])
        found = [
            np.arange(moments[a], moments[b - 1] - length + 2, dtype=np.int32)
            for a, b in zip(begins, ends, strict=True)
            if b > a
        ]
        starts: Ids = found[0] if len(found) == 1 else np.concatenate(found) if found else moments[:0]
        return starts

    def _read(self, encode: Encode, spans: Spans) -> None:
        """Keep the encoded moments that the windows lie on, and nothing else: 4 bytes a moment and channel."""
        self._starts = self._starts.astype(np.int32, copy=False)
        self._offsets = np.arange(self.length)
        runs, first_of_run = self._runs(spans)
        parts, shift, at = [], [], 0
        for start, stop in runs:
            x = encode(start, stop)
            # A stretch that is shorter than a window is led in by its first moment.
            lead = max(0, self.length - (stop - start))
            parts.append(np.concatenate([np.repeat(x[:1], lead, axis=0), x]) if lead else x)
            shift.append(start - lead - at)
            at += lead + stop - start
        self._values = np.empty((0, self.layout.shape[1]), dtype=np.float32) if not parts else parts[0]
        if len(parts) > 1:
            self._values = np.concatenate(parts)
        self._shift = np.array(shift or [0], dtype=np.int64)
        self._first_of_run = np.array(first_of_run or [0], dtype=np.int64)

    def _runs(self, spans: Spans) -> tuple[list[tuple[int, int]], list[int]]:
        """The moments that windows lie on, as ranges within a stretch, and the first window of each range."""
        starts = self._starts
        if not len(starts):
            return [], []
        # Windows that neither overlap nor touch, or of different stretches, begin a new range.
        new = starts[1:] > starts[:-1] + self.length
        ends = np.searchsorted(starts, spans[:, 1] - self.length, side="right")
        breaks = np.union1d(np.flatnonzero(new) + 1, ends[(ends > 0) & (ends < len(starts))]).astype(np.int64)
        first = np.concatenate([[0], breaks])
        last = np.concatenate([breaks, [len(starts)]]) - 1
        stop = starts[last].astype(np.int64) + self.length
        begin = np.maximum(starts[first].astype(np.int64), spans[_stretches(stop - 1, spans), 0])
        return list(zip(begin.tolist(), stop.tolist(), strict=True)), first.tolist()


def _stretches(moments: Ids, spans: Spans) -> Ids:
    """The stretch of each moment."""
    found: Ids = np.searchsorted(spans[:, 0], moments, side="right") - 1
    return found


def _merged(low: Ids, high: Ids) -> Spans:
    """Ascending ranges, the end left out, with those that touch or overlap put together; shape (ranges, 2)."""
    if not len(low):
        return np.empty((0, 2), dtype=np.int64)
    reach = np.maximum.accumulate(high)
    breaks = np.flatnonzero(low[1:] > reach[:-1]) + 1
    begins = np.concatenate([[0], breaks])
    ends = np.concatenate([breaks, [len(low)]]) - 1
    return np.stack([low[begins], reach[ends]], axis=1).astype(np.int64)
