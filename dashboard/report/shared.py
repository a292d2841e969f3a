"""The route behind a link to a report: ``GET /shared/<token>``. It reads, and nothing else can be done with it."""

import threading
import time
from typing import TYPE_CHECKING

from core.errors import AnomalensError, status_of
from dashboard.report.addresses import base
from dashboard.report.error_page import error_page
from dashboard.report.routes import PAGE_HEADERS

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import BaseRoute

FRESH_SECONDS = 10.0
"""A live report that many open at once is made once in so many seconds."""
_MOST = 16
_LONGEST = 100
_lock = threading.Lock()
_recent: dict[str, tuple[float, str]] = {}


def routes() -> "list[BaseRoute]":
    """Our route for links."""
    from starlette.routing import Route

    return [Route(f"{base()}/shared/{{token}}", _shared, methods=["GET"])]


def forget() -> None:
    """Make every page anew, such as after a link was revoked."""
    with _lock:
        _recent.clear()


async def _shared(request: "Request") -> "Response":
    from starlette.concurrency import run_in_threadpool
    from starlette.responses import HTMLResponse

    try:
        page = await run_in_threadpool(_page, request.path_params["token"])
    except AnomalensError as problem:
        return HTMLResponse(error_page(str(problem)), status_code=status_of(problem), headers=PAGE_HEADERS)
    return HTMLResponse(page, headers=PAGE_HEADERS)


def _page(token: str) -> str:
    from core.export.links import GONE, opened
    from dashboard.server import cache

    if len(token) > _LONGEST:
        raise AnomalensError(GONE)
    with _lock:
        recent = _recent.get(token)
        if recent and time.monotonic() - recent[0] < FRESH_SECONDS:
            return recent[1]
    page = opened(cache.workspace(), token)
    with _lock:
        _recent[token] = (time.monotonic(), page)
        while len(_recent) > _MOST:
            del _recent[next(iter(_recent))]
    return page
