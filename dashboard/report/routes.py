"""The routes that make a run into a file: ``GET /exports/report.html?run=…&view={…}`` and its like.

What takes long (a PDF, a picture, a report over millions of rows) is made in a thread: no page waits for it.
"""

import logging
import re
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from core.errors import AnomalensError, DataError, status_of
from dashboard.report.addresses import base, view_of
from dashboard.report.error_page import error_page

if TYPE_CHECKING:
    import pandas as pd
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import BaseRoute

    from core.export.context import ReportContext

PAGE_HEADERS = {
    # The report's own policy is in its head. What a header adds: no frame around it, and nothing of this server's
    # (cookies, storage) within its reach.
    "Content-Security-Policy": "frame-ancestors 'none'; sandbox allow-scripts allow-modals allow-downloads",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
    "Cache-Control": "no-store",
}
log = logging.getLogger(__name__)

WAIT = 180.0
"""Seconds that the reasons of rows may take."""
Maker = Callable[["ReportContext", str], bytes]


def routes() -> "list[BaseRoute]":
    """Our routes for reports, pictures, tables and bundles."""
    from starlette.routing import Route

    return [Route(f"{base()}/exports/{{name}}", _export, methods=["GET"])]


async def _export(request: "Request") -> "Response":
    from starlette.concurrency import run_in_threadpool
    from starlette.responses import HTMLResponse, PlainTextResponse, Response

    name, query = request.path_params["name"], request.query_params
    if name not in MAKERS:
        return PlainTextResponse(f"There is no file {name} to be had here.", status_code=404)
    media, make = MAKERS[name]
    try:
        content, called = await run_in_threadpool(
            _made, make, query.get("run", ""), query.get("view", ""), query.get("how", "")
        )
    except AnomalensError as problem:
        if query.get("how") == "open":
            return HTMLResponse(error_page(str(problem)), status_code=status_of(problem), headers=PAGE_HEADERS)
        return PlainTextResponse(str(problem), status_code=status_of(problem))
    if name == "report.html" and query.get("how") == "open":
        return HTMLResponse(content, headers=PAGE_HEADERS)
    stem, _, ending = name.rpartition(".")
    file = re.sub(r"[^\w\-]+", "-", f"{stem}-{called}").strip("-")[:100] + f".{ending}"
    headers = {
        "Content-Disposition": f"attachment; filename=\"{name}\"; filename*=UTF-8''{quote(file)}",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
    }
    return Response(content, media_type=media, headers=headers)


def _made(make: Maker, run_id: str, view: str, how: str) -> tuple[bytes, str]:
    from core.export.context import ReportContext
    from dashboard.explore import shared_run
    from dashboard.server import cache

    shown = view_of(view)
    run = shared_run.open_run(cache.workspace().store.run(run_id), shown.score)
    return make(ReportContext(run, shown), how), run.name


def _page(context: "ReportContext") -> str:
    from core.export.report import render

    return render(context, datetime.now(UTC))


def _html(context: "ReportContext", how: str) -> bytes:
    return _page(context).encode()


def _pdf(context: "ReportContext", how: str) -> bytes:
    from core.export import pictures

    return pictures.pdf(_page(context))


def _png(context: "ReportContext", how: str) -> bytes:
    from core.export import pictures

    return pictures.png(_page(context))


def _card(context: "ReportContext", how: str) -> bytes:
    from core.export import pictures
    from core.export.card import SIZES, card_svg

    size = how if how in SIZES else "chat"
    return pictures.picture(card_svg(context, datetime.now(UTC), size), *SIZES[size])


def _card_svg(context: "ReportContext", how: str) -> bytes:
    from core.export.card import SIZES, card_svg

    return card_svg(context, datetime.now(UTC), how if how in SIZES else "chat").encode()


def _scores(context: "ReportContext", how: str) -> bytes:
    from core.export.tables import scores_parquet

    run = context.run
    scores = run.space.artifacts.local(f"{run.score_folder}/scores.parquet")
    with tempfile.TemporaryDirectory(prefix="anomalens-scores-") as place:
        out = Path(place) / "scores.parquet"
        scores_parquet(scores, context.threshold, out, run.table if how == "columns" else None)
        return out.read_bytes()


def _verdicts_csv(context: "ReportContext", how: str) -> bytes:
    from core.triage.export import as_csv

    return as_csv(_verdicts(context)).encode()


def _verdicts_parquet(context: "ReportContext", how: str) -> bytes:
    from core.triage.export import as_parquet

    return as_parquet(_verdicts(context))


def _verdicts(context: "ReportContext") -> "pd.DataFrame":
    from core.triage.export import verdicts_frame

    if context.verdicts is None:
        raise DataError("The dataset of this run was deleted, and the verdicts on its rows with it.")
    return verdicts_frame(context.verdicts, context.run, context.threshold)


def _rows(context: "ReportContext", ending: str) -> bytes:
    """The rows of the list on Explore: those that are selected, else the flagged ones."""
    from core.export.selection import chips, row_filter
    from core.jobs.row_questions import row_reasons
    from core.metrics.groups import parts_of
    from core.results.row_filter import RowFilter
    from core.triage.listed_rows import EXPLAINED, MOST, as_file, listed_rows
    from dashboard.server import cache

    run, view = context.run, context.view
    shown = view.rows if view.rows in run.row_choices else run.row_choices[0]
    choice = row_filter(context) if chips(context) else RowFilter(low=context.threshold)
    rows, _ = run.scored.page(parts_of(shown), choice, MOST + 1)
    reasons = None
    if run.has_networks and len(rows):
        try:
            some = rows[:EXPLAINED].tolist()
            reasons = cache.engine().call(row_reasons, run.id, some, run.space.settings, run.score, timeout=WAIT)
        except Exception:
            # Whatever went wrong on the worker, the rows stand there with the reasons that the run stored.
            log.warning("The rows of run %s were not explained for a file.", run.id, exc_info=True)
    return as_file(listed_rows(run, rows, context.threshold, reasons), ending)


def _rows_csv(context: "ReportContext", how: str) -> bytes:
    return _rows(context, "csv")


def _rows_xlsx(context: "ReportContext", how: str) -> bytes:
    return _rows(context, "xlsx")


def _rows_parquet(context: "ReportContext", how: str) -> bytes:
    return _rows(context, "parquet")


def _bundle(context: "ReportContext", how: str) -> bytes:
    from core.export.bundle import bundle

    return bundle(context)


MAKERS: dict[str, tuple[str, Maker]] = {
    "report.html": ("text/html; charset=utf-8", _html),
    "report.pdf": ("application/pdf", _pdf),
    "report.png": ("image/png", _png),
    "card.png": ("image/png", _card),
    "card.svg": ("image/svg+xml", _card_svg),
    "scores.parquet": ("application/vnd.apache.parquet", _scores),
    "rows.csv": ("text/csv; charset=utf-8", _rows_csv),
    "rows.xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", _rows_xlsx),
    "rows.parquet": ("application/vnd.apache.parquet", _rows_parquet),
    "verdicts.csv": ("text/csv; charset=utf-8", _verdicts_csv),
    "verdicts.parquet": ("application/vnd.apache.parquet", _verdicts_parquet),
    "bundle.zip": ("application/zip", _bundle),
}
"""What can be had, by name."""
