"""The route that streams scores as CSV, so that the server's memory does not grow with their number.

``GET /exports/scores.csv?run=…&threshold=0.5&columns=1&score=whitened``
"""

import math
import re
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from core.errors import AnomalensError

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import BaseRoute

    from core.index.table import Table
    from core.results.rows import RunRows


def scores_url(run_id: str, threshold: float, *, columns: bool = False, score: str = "") -> str:
    """Where a run's scores can be downloaded, flagged at a threshold, with the user's own columns or without.

    ``score`` is the name of another score that was computed for the run.
    """
    query = {"run": run_id, "threshold": repr(float(threshold))}
    query |= ({"columns": "1"} if columns else {}) | ({"score": score} if score else {})
    return f"{_base()}/exports/scores.csv?{urlencode(query)}"


def routes() -> "list[BaseRoute]":
    """Our routes for downloads and for links to reports."""
    from starlette.routing import Route

    from dashboard.report import routes as files
    from dashboard.report import shared

    return [Route(f"{_base()}/exports/scores.csv", _scores, methods=["GET"]), *files.routes(), *shared.routes()]


async def _scores(request: "Request") -> "Response":
    from starlette.concurrency import run_in_threadpool
    from starlette.responses import PlainTextResponse, StreamingResponse

    from core.results.export import scores_csv

    query = request.query_params
    try:
        rows, table, name, threshold = await run_in_threadpool(
            _open,
            query.get("run", ""),
            query.get("threshold", ""),
            query.get("columns") == "1",
            query.get("score", ""),
        )
    except AnomalensError as problem:
        return PlainTextResponse(str(problem), status_code=404)
    headers = {
        "Content-Disposition": f"attachment; filename=\"scores.csv\"; filename*=UTF-8''{quote(name)}",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
    }
    # A plain generator: Starlette runs it in a thread, piece by piece, as fast as the browser takes it.
    return StreamingResponse(scores_csv(rows, threshold, table), media_type="text/csv; charset=utf-8", headers=headers)


def _open(run_id: str, threshold: str, columns: bool, score: str) -> "tuple[RunRows, Table | None, str, float]":
    from core.recipe import ScoreConfig
    from core.results.rows import RunRows
    from dashboard.server import cache

    space = cache.workspace()
    run = space.store.run(run_id)
    # The name as the settings write it: nothing else of the address gets into a path.
    score = ScoreConfig.from_name(score).name if score else ""
    rows = RunRows.open(space.artifacts, run.id, score)
    table = cache.table(run.dataset_id) if columns else None
    result = space.artifacts.read_json(f"runs/{run.id}/scores/{score}/result.json") if score else run.result
    own = (result or {}).get("threshold")
    chosen = _number(threshold, math.inf if own is None else float(own))
    name = re.sub(r"[^\w\-]+", "-", f"scores-{run.name}-{score}").strip("-")[:100] + ".csv"
    return rows, table, name, chosen


def _number(text: str, default: float) -> float:
    try:
        return float(text)
    except ValueError:
        return default


def _base() -> str:
    from streamlit import config

    prefix = str(config.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{prefix}" if prefix else ""
