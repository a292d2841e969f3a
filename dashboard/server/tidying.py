"""Removes what nobody needs any more: uploads after a day, and what ended processes left half-read or half-written."""

import asyncio
import contextlib
import logging

from core.scratch import remove_abandoned
from core.settings import settings
from dashboard.server import uploads

SECONDS = 3600.0
"""Between two rounds."""
log = logging.getLogger(__name__)


def tidy() -> None:
    """Go round once."""
    uploads.remove_leftovers()
    remove_abandoned(settings().home / "reading")
    try:
        from dashboard.server import cache

        cache.workspace().artifacts.remove_half_written()
    except Exception:
        # Whatever keeps the storage from being looked at is said by the pages; the next round comes.
        log.warning("The storage could not be tidied.", exc_info=True)


async def tidy_hourly() -> None:
    """Go round every hour, beginning an hour from now; ends with the server."""
    with contextlib.suppress(asyncio.CancelledError):
        while True:
            await asyncio.sleep(SECONDS)
            await asyncio.to_thread(tidy)
