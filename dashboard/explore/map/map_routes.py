"""The routes that a map's points come by: ``GET /map/points?run=…&map=umap``, ``/map/colours``, ``/map/point``.

Points are bytes (two per axis, one for a colour); the user's own columns never travel. What is counted over all rows is
done in a thread: no page waits for it.
"""

import json
from typing import TYPE_CHECKING, Any

from core.errors import AnomalensError, DataError, status_of
from dashboard.report.addresses import base

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.datastructures import QueryParams
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import BaseRoute

HEADERS = {
    # Bytes of random places do not get smaller, and to try takes longer than to send them.
    "Content-Encoding": "identity",
    "Cache-Control": "private, max-age=3600",
    "X-Content-Type-Options": "nosniff",
}


def routes() -> "list[BaseRoute]":
    """Our routes for maps."""
    from starlette.routing import Route

    return [Route(f"{base()}/map/{{name}}", _answer, methods=["GET"])]


async def _answer(request: "Request") -> "Response":
    from starlette.concurrency import run_in_threadpool
    from starlette.responses import PlainTextResponse, Response

    name = request.path_params["name"]
    if name not in ANSWERS:
        return PlainTextResponse(f"There is nothing called {name} to be had of a map.", status_code=404)
    try:
        content = await run_in_threadpool(ANSWERS[name], request.query_params)
    except AnomalensError as problem:
        return PlainTextResponse(str(problem), status_code=status_of(problem))
    media = "application/octet-stream" if isinstance(content, bytes) else "application/json"
    return Response(content, media_type=media, headers=HEADERS)


def _asked_map(said: "QueryParams") -> Any:
    """The map that is asked about.

    Raises
    ------
    AnomalensError
        When there is no such run, score or map.
    """
    from core.projections.request import MapRequest
    from dashboard.explore import shared_run
    from dashboard.explore.map import maps
    from dashboard.server import cache

    run, score = cache.workspace().store.run(said.get("run", "")), said.get("score", "")
    shown_map = maps.ShownMap(shared_run.open_run(run, score), MapRequest.from_text(said.get("map", "")))
    if shown_map.run.score != score:
        raise DataError(f"There is no score called {score!r}.")
    if not maps.ready(shown_map.run, shown_map.request) or maps.points(shown_map) is None:
        raise DataError("This map was not computed yet, or is gone. Open the run on the Explore page to compute it.")
    return shown_map


def _points(said: "QueryParams") -> bytes:
    from dashboard.explore.map import maps

    return maps.payload(_asked_map(said))


def _colours(said: "QueryParams") -> bytes:
    from dashboard.explore.map import map_colours

    parts = tuple(part for part in said.get("parts", "").split(",") if part)
    try:
        threshold = float(said.get("threshold", "0"))
    except ValueError:
        raise DataError("The threshold must be a number.") from None
    colour = map_colours.Colour(said.get("colour", "score"), said.get("version", ""), threshold, parts)
    if colour.name not in map_colours.MAKERS and not colour.name.startswith(map_colours.COLUMN):
        raise DataError(f"A map cannot be coloured by {colour.name!r}.")
    return map_colours.colouring(_asked_map(said), colour).to_bytes()


def _point(said: "QueryParams") -> str:
    """Which row a point is, and its score."""
    from dashboard.explore.map import maps

    shown_map = _asked_map(said)
    found, place = maps.points(shown_map), _whole(said.get("point", ""))
    if found is None or place is None or place >= len(found):
        raise DataError("There is no such point on this map.")
    facts = {"row": int(found.row_at(place)), "score": float(found.score[place]), "label": int(found.label[place])}
    return json.dumps(facts)


def _below(said: "QueryParams") -> str:
    """How many points a threshold does not flag."""
    from dashboard.explore.map import maps

    found = maps.points(_asked_map(said))
    try:
        threshold = float(said.get("threshold", ""))
    except ValueError:
        raise DataError("The threshold must be a number.") from None
    assert found is not None
    return json.dumps({"below": found.below(threshold)})


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 12 else None


ANSWERS: "dict[str, Callable[[QueryParams], bytes | str]]" = {
    "points": _points,
    "colours": _colours,
    "point": _point,
    "below": _below,
}
"""What can be asked, by name."""
