"""Moments of a series as content: which moments of which series, their values read when they are asked for.

A window needs the moments around a moment, so that what is handed on is the series with the numbers of the moments
(:class:`Moments`), never the values alone. Values are asked for with ``moments.values``, shape (moments, channels).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Ids = NDArray[np.int64]
Floats = NDArray[np.float64]
Spans = NDArray[np.int64]
"""First moment and the one behind the last of each stretch, shape (stretches, 2): no window runs over its ends."""


class SeriesSource(Protocol):
    """Series that lie one after the other, by the number of a moment."""

    channels: tuple[str, ...]
    spans: Spans

    def __len__(self) -> int: ...

    def between(self, start: int, stop: int) -> Floats:
        """The values from one moment up to but without another, shape (moments, channels); NaN where missing."""


class Held:
    """Series whose values lie in memory: of a request, synthetic anomalies, what was expected.

    Parameters
    ----------
    channels
        Their names.
    values
        Shape (moments, channels).
    spans
        The stretches; all is one by default.
    """

    def __init__(self, channels: tuple[str, ...], values: Floats, spans: Spans | None = None) -> None:
        self.channels, self._values = channels, np.asarray(values, dtype=np.float64)
        self.spans = np.array([[0, len(values)]], dtype=np.int64) if spans is None else spans

    def __len__(self) -> int:
        return len(self._values)

    def between(self, start: int, stop: int) -> Floats:
        """A view of the values."""
        return self._values[start:stop]


@dataclass(frozen=True)
class Moments:
    """Some moments of series, in the order asked for."""

    source: SeriesSource
    ids: Ids

    def __len__(self) -> int:
        return len(self.ids)

    def __reduce__(self) -> tuple[type[Moments], tuple[SeriesSource, Ids]]:
        """To another process travel the values of these moments alone: a dataset's series has open files."""
        if isinstance(self.source, Held):
            return Moments, (self.source, self.ids)
        return Moments, (Held(self.channels, self.values), np.arange(len(self)))

    @property
    def channels(self) -> tuple[str, ...]:
        """What the columns of the values are."""
        return self.source.channels

    @property
    def values(self) -> Floats:
        """The values of these moments, shape (moments, channels); NaN where missing."""
        found = np.empty((len(self.ids), len(self.channels)))
        order = np.argsort(self.ids, kind="stable")
        for some in runs_of(self.ids[order]):
            first, last = int(self.ids[order[some.start]]), int(self.ids[order[some.stop - 1]])
            places = order[some]
            found[places] = self.source.between(first, last + 1)[self.ids[places] - first]
        return found


def runs_of(ids: Ids) -> list[slice]:
    """Where ascending numbers, repeats allowed, follow each other without a gap."""
    if not len(ids):
        return []
    breaks = np.flatnonzero(np.diff(ids) > 1) + 1
    ends = [*breaks.tolist(), len(ids)]
    return [slice(a, b) for a, b in zip([0, *ends[:-1]], ends, strict=True)]


__all__ = ["Held", "Ids", "Moments", "SeriesSource", "Spans", "runs_of"]
