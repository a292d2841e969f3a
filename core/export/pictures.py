"""Pages as PDF and pictures, by the Chromium of this machine where it has one; each with a profile that is thrown away.

The page needs no network and gets none. A browser that does not answer in time is ended with all that it started.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import tempfile
import threading
from functools import cache
from pathlib import Path

from core.errors import DataError

NAMES = (
    "chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome", "microsoft-edge",
)  # fmt: skip
SECONDS = 60.0
WIDTH = 1120
"""CSS pixels of a report as a picture."""
TALLEST = 16_000
"""Pixels that a picture may be high: what browsers and viewers can hold."""
_FLAGS = (
    "--headless",
    # Only our own page is shown, whose policy lets nothing in; containers have no sandbox to offer.
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-extensions",
    "--disable-sync",
    "--mute-audio",
    "--hide-scrollbars",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    # Scripts get ten seconds of their own time, which pass at once when they wait for nothing.
    "--virtual-time-budget=10000",
)
_two = threading.BoundedSemaphore(2)
"""So many browsers at a time: each takes some 200 MB."""


@cache
def browser() -> str | None:
    """The Chromium, Chrome or Edge of this machine; None where it has none."""
    return next((found for name in NAMES if (found := shutil.which(name))), None)


def pdf(page: str) -> bytes:
    """A page as an A4 document.

    Raises
    ------
    DataError
        When this machine has no browser, or it did not answer in time.
    """
    return _made(page, "out.pdf", "--print-to-pdf={out}", "--no-pdf-header-footer")


def png(page: str, width: int = WIDTH) -> bytes:
    """A whole report as a picture, at twice its pixels where it is not too long.

    Raises
    ------
    DataError
        When this machine has no browser, or it did not answer in time.
    """
    with tempfile.TemporaryDirectory(prefix="anomalens-page-") as folder:
        file = _written(page, folder)
        page_html = _run(folder, f"{file}#picture", "--dump-dom", f"--window-size={width},1000")
        height = re.search(rb'<html[^>]* data-height="(\d+)"', page_html)
        tall = min(int(height[1]) if height else 4000, TALLEST)
        return _shot(folder, f"{file}#picture", width, tall, 2 if 2 * tall <= TALLEST else 1)


def picture(svg: str, width: int, height: int) -> bytes:
    """An SVG picture as PNG, pixel by pixel.

    Raises
    ------
    DataError
        When this machine has no browser, or it did not answer in time.
    """
    page = f'<!doctype html><meta charset="utf-8"><style>body{{margin:0}}svg{{display:block}}</style>{svg}'
    with tempfile.TemporaryDirectory(prefix="anomalens-page-") as folder:
        return _shot(folder, _written(page, folder), width, height, 1)


def _made(page: str, name: str, *flags: str) -> bytes:
    with tempfile.TemporaryDirectory(prefix="anomalens-page-") as folder:
        out = Path(folder) / name
        _run(folder, _written(page, folder), *(flag.format(out=out) for flag in flags))
        return _read(out)


def _shot(folder: str, address: str, width: int, height: int, scale: int) -> bytes:
    out = Path(folder) / "out.png"
    size = (f"--window-size={width},{height}", f"--force-device-scale-factor={scale}")
    _run(folder, address, f"--screenshot={out}", *size)
    return _read(out)


def _written(page: str, folder: str) -> str:
    file = Path(folder) / "page.html"
    file.write_text(page, encoding="utf-8")
    return file.as_uri()


def _read(out: Path) -> bytes:
    if not out.is_file():
        raise DataError("The browser of the server made no file. Open the report and print it from your own browser.")
    return out.read_bytes()


def _run(folder: str, address: str, *flags: str) -> bytes:
    """What the browser prints about a page."""
    program = browser()
    if program is None:
        raise DataError(
            "A PDF or a picture of the report needs Chromium or Chrome on the server, and there is none. Open the "
            "report and choose “Print or save as PDF”, or install chromium."
        )
    command = [program, *_FLAGS, f"--user-data-dir={folder}/profile", *flags, address]
    with (
        _two,
        subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True
        ) as process,
    ):
        try:
            output, _ = process.communicate(timeout=SECONDS)
        except subprocess.TimeoutExpired:
            raise DataError(
                f"The browser of the server did not answer within {SECONDS:g} s. Try again, or open the report and "
                "print it from your own browser."
            ) from None
        finally:
            _end(process)
    return output


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the browser with all that it started."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return
