"""The route that stretches of the time line come by: ``GET /lanes/stretch?run=…&start=…&end=…&columns=1200``.

Extremes for each column of pixels, or every moment where few are in view; see :mod:`core.lanes.window`.
"""

import math
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from core.errors import AnomalensError, DataError
from dashboard.report.addresses import base

if TYPE_CHECKING:
    from starlette.datastructures import QueryParams
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import BaseRoute

    from dashboard.explore.shared_run import SharedRun

HEADERS = {"Cache-Control": "private, max-age=600", "X-Content-Type-Options": "nosniff"}
MOST_CHANNELS = 512


def stretch_url(run: "SharedRun", series: int, version: str) -> str:
    """Where stretches of a run's series can be had; the range is added to it."""
    query = {"run": run.id, "score": run.score, "series": series, "version": version}
    return f"{base()}/lanes/stretch?{urlencode(query)}"


def routes() -> "list[BaseRoute]":
    """Our routes for time lines."""
    from starlette.routing import Route

    return [Route(f"{base()}/lanes/stretch", _answer, methods=["GET"])]


async def _answer(request: "Request") -> "Response":
    from starlette.concurrency import run_in_threadpool
    from starlette.responses import PlainTextResponse, Response

    try:
        content = await run_in_threadpool(_stretch, request.query_params)
    except AnomalensError as problem:
        return PlainTextResponse(str(problem), status_code=404)
    return Response(content, media_type="application/octet-stream", headers=HEADERS)


def _stretch(said: "QueryParams") -> bytes:
    from core.lanes.window import stretch
    from dashboard.explore import shared_run
    from dashboard.explore.lanes import run_lanes
    from dashboard.server import cache

    start, end = _number(said, "start"), _number(said, "end")
    columns, series = int(_number(said, "columns")), int(_number(said, "series"))
    named = said.get("channels", "")
    try:
        channels = [int(one) for one in named.split(",")[:MOST_CHANNELS]] if named else None
    except ValueError:
        raise DataError("Channels are said by their numbers, with commas between.") from None
    run = shared_run.open_run(cache.workspace().store.run(said.get("run", "")), said.get("score", ""))
    if not run_lanes.drawable(run):
        raise DataError("This run has no time line: its samples are no moments of series, or its dataset is gone.")
    lanes = run_lanes.lanes(run)
    return stretch(lanes, run_lanes.score_lane(run), start, end, columns, series=series, channels=channels).pack(
        key=run.grid_key
    )


def _number(said: "QueryParams", name: str) -> float:
    try:
        value = float(said.get(name, "nan"))
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise DataError(f"A stretch of the time line needs a number for {name}. Got {said.get(name, '')!r}.")
    return value
