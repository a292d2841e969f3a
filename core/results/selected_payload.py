"""The rows that are selected, as counts on a run's grid and time line: what the browser draws over the faded whole.

Says nothing of which rows they are: a selection of any size is some kilobytes. ``assets/explorer/selected.js`` reads
it.
"""

import json
import struct
import zlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from core.metrics.groups import CLASSES
from core.results.grid_payload import by_byte


def pack_selected(
    above: NDArray[np.int64], tops: NDArray[np.float64] | None, *, key: str, token: str, parts: Sequence[str]
) -> bytes:
    """Counts and highest scores as bytes.

    Parameters
    ----------
    above
        Selected rows of the parts shown above each step of the grid that the browser has, shape (classes, steps).
    tops
        The highest score of the selected rows in each interval of the time line, NaN without any; None without one.
    key
        Whose grid it belongs to.
    token
        Which selection it is.
    parts
        The parts shown.
    """
    filled = [j for j in range(len(CLASSES)) if above[j, 0]]
    body = [by_byte(np.concatenate([above[j, :1], above[j, :-1] - above[j, 1:]]).astype("<u4")) for j in filled]
    if tops is not None:
        body.append(by_byte(tops.astype("<f8")))
    header = {
        "key": key,
        "token": token,
        "parts": list(parts),
        "classes": filled,
        "steps": int(above.shape[1]),
        "tops": 0 if tops is None else int(tops.size),
    }
    encoded = json.dumps(header, separators=(",", ":")).encode()
    return struct.pack("<I", len(encoded)) + encoded + zlib.compress(b"".join(body), 9)
