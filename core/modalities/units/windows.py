"""Windows of series: a view of the values, gathered a batch at a time and never stacked whole."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from core.errors import DataError
from core.modalities.layout import Layout

if TYPE_CHECKING:
    from torch import Tensor

_BLOCK = 65_536


class Windows:
    """Every window of so many moments, ``stride`` apart, of one series or of several that lie one after the other.

    A sample is a moment; it is covered by all windows that it lies in. The last window of a series ends where it ends,
    so that every moment is covered.

    Parameters
    ----------
    layout
        Of a window, ``("time", "channel")``.
    values
        The encoded moments, shape (moments, channels), float32.
    lengths
        How many moments each series has; the whole is one series by default.
    stride
        Moments from the beginning of one window to that of the next.
    how
        How the numbers of a moment come from those of its windows: "mean" or "max".

    Raises
    ------
    DataError
        When a series is shorter than a window.
    """

    resident: Tensor | None = None

    def __init__(
        self,
        layout: Layout,
        values: NDArray[np.float32],
        *,
        lengths: tuple[int, ...] = (),
        stride: int = 1,
        how: str = "mean",
    ) -> None:
        self.layout, self.how, self._values = layout, how, np.ascontiguousarray(values, dtype=np.float32)
        self.length = layout.shape[0]
        assert values.shape[1:] == layout.shape[1:]
        lengths = lengths or (len(values),)
        assert sum(lengths) == len(values)
        short = [n for n in lengths if n < self.length]
        if short:
            raise DataError(
                f"A series must be as long as a window, {self.length} moments. Got {short[0]}. Choose a shorter window."
            )
        ends = np.cumsum(lengths)
        # 4 bytes a window: a million of them take 4 MB.
        self._starts = np.concatenate(
            [_starts(end - n, end, self.length, stride) for n, end in zip(lengths, ends.tolist(), strict=True)]
        )

    def __len__(self) -> int:
        return len(self._starts)

    def take(self, ids: Tensor, out: Tensor | None = None) -> Tensor:
        """Some windows, shape (n, time, channel)."""
        import torch

        starts = torch.from_numpy(self._starts)[ids].long()
        # unfold puts the time last; each window is a view of the moments until it is gathered.
        view = torch.from_numpy(self._values).unfold(0, self.length, 1).movedim(-1, 1)
        return torch.index_select(view, 0, starts, out=out)

    def join(self, values: NDArray[Any], how: str = "") -> NDArray[Any]:
        """Numbers per window as numbers per moment, whatever the order or the batches in which they were found."""
        largest = (how or self.how) == "max"
        flat = values.reshape(-1, len(self))
        joined = np.full((len(flat), len(self._values)), -np.inf if largest else 0.0)
        for row, into in zip(flat, joined, strict=True):
            for at, some in self._places():
                into[at] = np.maximum(into[at], row[some]) if largest else into[at] + row[some]
        if not largest:
            joined /= self._covered()
        return joined.reshape(*values.shape[:-1], len(self._values)).astype(values.dtype, copy=False)

    def loaded(self) -> Windows:
        """These windows: gathering them costs next to nothing."""
        return self

    def _covered(self) -> NDArray[np.int32]:
        """How many windows each moment lies in."""
        count = np.zeros(len(self._values), dtype=np.int32)
        for at, _ in self._places():
            count[at] += 1
        return count

    def _places(self) -> Iterator[tuple[NDArray[np.int32], slice]]:
        """The moments at one place within the windows after the other, and which windows: each moment once a place.

        So no moment's sum depends on where its series lies; in blocks, which take little memory.
        """
        for place in range(self.length):
            for start in range(0, len(self._starts), _BLOCK):
                some = slice(start, start + _BLOCK)
                yield self._starts[some] + np.int32(place), some


def _starts(begin: int, end: int, length: int, stride: int) -> NDArray[np.int32]:
    starts = np.arange(begin, end - length + 1, stride, dtype=np.int32)
    last = end - length
    return starts if starts[-1] == last else np.append(starts, np.int32(last))
