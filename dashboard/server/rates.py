"""How often one address may upload and export: what takes disk and processor cannot be asked for without end."""

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dashboard.report.addresses import base

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

_MOST_ADDRESSES = 4_096
"""Addresses that are remembered; the one that was heard of longest ago is forgotten first."""


@dataclass(frozen=True)
class Rate:
    """So many at once, refilled evenly within a minute (a token bucket)."""

    per_minute: int
    what: str
    """What is asked for, in a sentence."""


LIMITS = {
    "/upload": Rate(60, "uploads"),
    "/exports/": Rate(120, "exports"),
    "/shared/": Rate(240, "shared reports"),
}
"""By how a path begins."""


class Rates:
    """ASGI middleware that answers 429, with the seconds to wait, to who asks too often."""

    def __init__(self, app: "ASGIApp", clock: Callable[[], float] = time.monotonic) -> None:
        self._app, self._clock = app, clock
        self._left: OrderedDict[tuple[str, str], tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        """Answer a request, unless there were too many."""
        from starlette.responses import JSONResponse

        path = str(scope.get("path", "")).removeprefix(base()) if scope["type"] == "http" else ""
        begins = next((prefix for prefix in LIMITS if path.startswith(prefix)), "")
        wait = self._take(begins, str((scope.get("client") or ("",))[0])) if begins else 0.0
        if not wait:
            await self._app(scope, receive, send)
            return
        seconds = math.ceil(wait)
        sentence = f"Too many {LIMITS[begins].what} from this address. Try again in {seconds} s."
        headers = {"Retry-After": str(seconds), "Connection": "close"}
        await JSONResponse({"error": sentence}, status_code=429, headers=headers)(scope, receive, send)

    def _take(self, begins: str, address: str) -> float:
        """Take one from an address's bucket; the seconds until there is one where it is empty, 0 otherwise."""
        rate, now, key = LIMITS[begins], self._clock(), (begins, address)
        a_second = rate.per_minute / 60.0
        with self._lock:
            left, since = self._left.pop(key, (float(rate.per_minute), now))
            left = min(float(rate.per_minute), left + (now - since) * a_second)
            taken = left >= 1.0
            self._left[key] = (left - 1.0 if taken else left, now)
            while len(self._left) > _MOST_ADDRESSES:
                self._left.popitem(last=False)
        return 0.0 if taken else (1.0 - left) / a_second
