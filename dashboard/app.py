"""The server: Streamlit's pages and, beside them, our own routes (health, streamed uploads and downloads).

Started by ``python -m streamlit run dashboard/app.py``. Imports nothing heavy: what is imported here delays the first
page that anybody sees.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import streamlit as st
from starlette.middleware import Middleware

from dashboard.explore.lanes import lanes_routes
from dashboard.explore.map import map_routes
from dashboard.explore.pictures import pictures_routes
from dashboard.help import help_routes
from dashboard.server import exports, failures, perimeter, rates, sessions, startup, tidying, uploads


@asynccontextmanager
async def lifespan(_: st.App) -> AsyncIterator[dict[str, Any]]:
    """Tidy up after earlier uploads and start the engine once the first page is out."""
    uploads.remove_leftovers()
    startup.start_engine_later()
    tidying_up = asyncio.create_task(tidying.tidy_hourly())
    try:
        yield {}
    finally:
        tidying_up.cancel()
        startup.close()


# The path is absolute, because uvicorn resolves a relative one against the working directory.
_main = Path(__file__).resolve().parent / "main.py"
app = st.App(
    _main,
    lifespan=lifespan,
    routes=[
        *uploads.routes(),
        *exports.routes(),
        *map_routes.routes(),
        *lanes_routes.routes(),
        *pictures_routes.routes(),
        *help_routes.routes(),
    ],
    middleware=[Middleware(perimeter.Perimeter), Middleware(rates.Rates), Middleware(failures.Failures)],
    on_script_error=failures.show,
)
perimeter.allow_no_lookup()
sessions.release_when_left()
