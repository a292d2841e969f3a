"""The routes that pictures come by: ``GET /pictures/thumbnail?run=…&id=17``, and the list that a gallery shows.

A gallery asks for the pictures in view alone; the browser keeps what it was given.
"""

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

HEADERS = {"Cache-Control": "private, max-age=3600", "X-Content-Type-Options": "nosniff"}
KINDS = ("thumbnail", "image", "mask", "heat")
_TYPES = {b"\x89PNG": "image/png", b"\xff\xd8\xff": "image/jpeg"}


def picture_url(run: "SharedRun", kind: str) -> str:
    """Where a run's pictures of a kind can be had; the number of a sample is added to it."""
    return f"{base()}/pictures/{kind}?{urlencode({'run': run.id, 'score': run.score, 'version': run.key})}&id="


def routes() -> "list[BaseRoute]":
    """Our routes for pictures."""
    from starlette.routing import Route

    return [Route(f"{base()}/pictures/{{kind}}", _answer, methods=["GET"])]


async def _answer(request: "Request") -> "Response":
    from starlette.concurrency import run_in_threadpool
    from starlette.responses import PlainTextResponse, Response

    try:
        content = await run_in_threadpool(_picture, request.path_params["kind"], request.query_params)
    except AnomalensError as problem:
        return PlainTextResponse(str(problem), status_code=404)
    kind = next((one for start, one in _TYPES.items() if content.startswith(start)), "application/octet-stream")
    return Response(content, media_type=kind, headers=HEADERS)


def _picture(kind: str, said: "QueryParams") -> bytes:
    from dashboard.explore import shared_run
    from dashboard.explore.pictures import run_pictures
    from dashboard.server import cache

    number = said.get("id", "")
    if kind not in KINDS or not (number.isascii() and number.isdecimal() and len(number) < 12):
        raise DataError("A picture is asked for by its kind and the number of a sample.")
    run = shared_run.open_run(cache.workspace().store.run(said.get("run", "")), said.get("score", ""))
    pictures = run_pictures.pictures(run)
    if pictures is None or int(number) >= len(run.scored):
        raise DataError("This run has no such picture.")
    found = getattr(pictures, kind)(int(number))
    if found is None:
        raise DataError("There is no such picture of this sample.")
    return bytes(found)
