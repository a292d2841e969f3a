"""A stretch of lanes as a screen draws it: extremes for each column of pixels, or every value where few are in view.

``assets/explorer/lanes/stretch.js`` reads what is packed here.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from core.lanes.extremes import Extremes
from core.lanes.lanes import Lanes

FULL = 2
"""Every value is sent where there are no more of them than so many a column."""
MOST_COLUMNS = 8_192


@dataclass(frozen=True)
class Stretch:
    """What lies between two moments of one series."""

    start: float
    end: float
    full: bool
    """Whether these are single moments, or the lowest and highest of each of equally long columns."""
    arrays: dict[str, NDArray[np.generic]] = field(repr=False)
    """``time`` and ``row`` of single moments; ``score``, ``actual:2``, ``expected:2`` of each channel, and where these
    are extremes ``score:low``, ``actual:2:low`` beside them."""
    moments: int
    """How many moments there are."""

    def pack(self, **header: object) -> bytes:
        """As bytes: the header's length, the header (JSON, filled up to a multiple of eight) and the arrays."""
        listed = [[name, values.dtype.str[1:], len(values)] for name, values in self.arrays.items()]
        about = {"start": self.start, "end": self.end, "full": self.full, "moments": self.moments, "arrays": listed}
        encoded = json.dumps({**header, **about}, separators=(",", ":")).encode()
        # Arrays of eight bytes begin at a multiple of eight: a browser reads them where they lie.
        encoded += b" " * (-(len(encoded) + 8) % 8)
        body = b"".join(_filled(values) for values in self.arrays.values())
        return struct.pack("<II", len(encoded), 0) + encoded + body


def stretch(
    lanes: Lanes,
    score: Extremes,
    start: float,
    end: float,
    columns: int,
    *,
    series: int = 0,
    channels: Sequence[int] | None = None,
) -> Stretch:
    """What lies between two moments, as much of it as so many columns can show.

    Parameters
    ----------
    lanes
        The channels.
    score
        The score of every moment in their order.
    start, end
        Places in time, both included.
    columns
        Columns of pixels.
    series
        A place among ``lanes.order.names``.
    channels
        Places among ``lanes.channels``; all by default.
    """
    columns = min(max(1, columns), MOST_COLUMNS)
    own = lanes.of_series(series)
    time = lanes.order.time[own]
    first = own.start + int(np.searchsorted(time, start, side="left"))
    last = own.start + int(np.searchsorted(time, end, side="right"))
    shown = [*range(len(lanes.channels))] if channels is None else [c for c in channels if 0 <= c < len(lanes.channels)]
    named = {"score": score, **{f"actual:{c}": lanes.actual[c] for c in shown}}
    if lanes.expected:
        named |= {f"expected:{c}": lanes.expected[c] for c in shown}
    if last - first <= FULL * columns:
        # One moment more at each end, so that lines run out of the picture.
        some = slice(max(own.start, first - 1), min(own.stop, last + 1))
        arrays: dict[str, NDArray[np.generic]] = {
            "time": lanes.order.time[some].astype("<f8"),
            "row": lanes.order.row[some].astype("<i4"),
            **{name: lane.values[some].astype("<f4") for name, lane in named.items()},
        }
        return Stretch(start, end, True, arrays, last - first)
    edges = own.start + np.searchsorted(time, np.linspace(start, end, columns + 1), side="left")
    edges[-1] = last
    arrays = {}
    for name, lane in named.items():
        low, high = lane.between(edges)
        arrays[f"{name}:low"], arrays[name] = low.astype("<f4"), high.astype("<f4")
    return Stretch(start, end, False, arrays, last - first)


def _filled(values: NDArray[np.generic]) -> bytes:
    content = values.tobytes()
    return content + b"\0" * (-len(content) % 8)
