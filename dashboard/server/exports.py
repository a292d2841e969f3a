"""The route that streams scores as CSV, so that the server's memory does not grow with their number.

``GET /exports/scores.csv?run=…&threshold=0.5&columns=1&score=whitened``
"""

import re
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from core.errors import AnomalensError, status_of

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
        return PlainTextResponse(str(problem), status_code=status_of(problem))
    headers = {
        "Content-Disposition": f"attachment; filename=\"scores.csv\"; filename*=UTF-8''{quote(name)}",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
    }
    # A plain generator: Starlette runs it in a thread, piece by piece, as fast as the browser takes it.
    return StreamingResponse(scores_csv(rows, threshold, table), media_type="text/csv; charset=utf-8", headers=headers)


def _open(run_id: str, threshold: str, columns: bool, score: str) -> "tuple[RunRows, Table | None, str, float]":
    from core.results.finished_run import FinishedRun
    from dashboard.server import cache

    run = FinishedRun.open(cache.workspace(), run_id, score)
    chosen = _number(threshold, run.threshold)
    name = re.sub(r"[^\w\-]+", "-", f"scores-{run.name}-{run.score}").strip("-")[:100] + ".csv"
    return run.rows, run.table if columns else None, name, chosen


def _number(text: str, default: float) -> float:
    try:
        return float(text)
    except ValueError:
        return default


def _base() -> str:
    from streamlit import config

    prefix = str(config.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{prefix}" if prefix else ""
