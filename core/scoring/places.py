"""The places of rows on a map as the browser gets them: numbers by byte and packed, the highest score last.

A row is flagged when its step is above the threshold's: the step is the first of the grid's that is not below its
score, so that a browser with half the digits still flags exactly what the server does. ``assets/explorer/places.js``
reads it.
"""

from __future__ import annotations

import json
import struct
import zlib
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd


def pack_places(places: pd.DataFrame, steps: NDArray[np.float64], key: str = "") -> bytes:
    """The places as bytes.

    Parameters
    ----------
    places
        Columns row, x, y, label and score, ascending by score.
    steps
        The steps of the grid that the browser has.
    key
        Whose rows they are; the browser tells maps apart by it.
    """
    scores = places["score"].to_numpy(np.float64)
    # Ascending like the scores themselves: small differences, which pack to almost nothing.
    reached = np.searchsorted(steps, scores, side="left")
    columns: tuple[NDArray[np.generic], ...] = (
        places["x"].to_numpy("<f4"),
        places["y"].to_numpy("<f4"),
        scores.astype("<f4"),
        np.diff(reached, prepend=0).astype("<u2"),
        places["row"].to_numpy("<u4"),
        places["label"].to_numpy("<i1"),
    )
    body = b"".join(np.ascontiguousarray(c.view(np.uint8).reshape(c.size, -1).T).tobytes() for c in columns)
    said = json.dumps({"key": key, "n": len(places)}, separators=(",", ":")).encode()
    return struct.pack("<I", len(said)) + said + zlib.compress(body, 1)
