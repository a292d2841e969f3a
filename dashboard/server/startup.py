"""Starts the engine once the first page is on screen.

Starting a Dask cluster while the first page is drawn would make that page a second later. The server's lifespan
therefore waits in a thread of its own for the first page (or a quarter of a minute, because runs that a stopped
server left behind shall go on without a visitor too).
"""

import contextlib
import logging
import threading
import time

_painted = threading.Event()
_closing = threading.Event()
_LOG = logging.getLogger(__name__)

FIRST_PAGE_SECONDS = 15.0
"""How long the engine waits for a first visitor."""
SETTLE_SECONDS = 0.7
"""What the browser gets to draw the page before the engine takes a processor."""


def page_was_sent() -> None:
    """Note that a page's script has run through once; called at the end of every one of them."""
    _painted.set()


def start_engine_later() -> threading.Thread:
    """Start the engine in the background and resume the runs that were left behind."""
    _closing.clear()
    thread = threading.Thread(target=_wait_and_start, name="engine-start", daemon=True)
    thread.start()
    return thread


def close() -> None:
    """Shut the engine down with the server, if it was ever started."""
    _closing.set()
    with contextlib.suppress(Exception):
        import sys

        if "core.readers.process.server" in sys.modules:
            sys.modules["core.readers.process.server"].end()
        if "core.jobs.engine" in sys.modules:
            close_engine = getattr(sys.modules["core.jobs.engine"].Engine.shared(), "close", None)
            if close_engine is not None:
                close_engine()


def _wait_and_start() -> None:
    _painted.wait(FIRST_PAGE_SECONDS)
    time.sleep(SETTLE_SECONDS)
    if _closing.is_set():
        return
    try:
        from core.jobs.engine import Engine

        engine = Engine.shared()
        engine.start()
        engine.recover()
        # What the first run that is opened would wait for; whoever draws meanwhile waits in dashboard.charts.
        import pandas  # noqa: F401

        # Listing the models takes seconds the first time, and the Train page waits for it.
        from core import catalogue

        catalogue.models()
        from core.readers.process import server

        server.warm_up()
    except Exception:
        # The pages still work for looking at finished runs; the first training tries again and shows what is wrong.
        _LOG.exception("The engine did not start.")
