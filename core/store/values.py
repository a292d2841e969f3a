"""Plain values as JSON text and back: NaN and infinity survive, and floats come back to the last bit."""

import json
from datetime import datetime
from typing import Any


class Unreadable(dict[str, Any]):
    """In the place of values whose text is damaged, so that what stands beside them can be read."""


def dump(value: Any) -> str:
    """JSON of plain values, NumPy's scalars and arrays among them."""
    return json.dumps(value, default=_plain, separators=(",", ":"))


def load(text: str | bytes) -> Any:
    """The values again."""
    return json.loads(text)


def _plain(value: Any) -> Any:
    if hasattr(value, "tolist"):  # NumPy's scalars and arrays, without importing NumPy
        return value.tolist()
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, set | frozenset):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} is no plain value.")
