"""What was made of images stays in memory, up to so many bytes in all, whichever run made it."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any

from numpy.typing import NDArray

MOST_BYTES = 512 << 20
_kept: OrderedDict[Hashable, NDArray[Any]] = OrderedDict()
_lock = threading.Lock()
_bytes = 0


def remembered(key: Hashable | None, make: Callable[[], NDArray[Any]]) -> NDArray[Any]:
    """What is known under a key, made where it is not; nothing is remembered without a key.

    The array is shared: nobody may write into it.
    """
    global _bytes
    if key is None:
        return make()
    with _lock:
        found = _kept.get(key)
        if found is not None:
            _kept.move_to_end(key)
            return found
    made = make()
    with _lock:
        if key not in _kept and made.nbytes <= MOST_BYTES:
            _kept[key] = made
            _bytes += made.nbytes
            while _bytes > MOST_BYTES:
                _bytes -= _kept.popitem(last=False)[1].nbytes
    return made
