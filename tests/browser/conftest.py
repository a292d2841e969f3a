"""A real server and a real Chromium for the tests of this folder."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from core.settings import settings
from core.store.workspace import Workspace, open_workspace

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = "/usr/bin/chromium"
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
START_SECONDS = 120
PATIENCE = 60_000
"""Milliseconds after which something that should be on a page by now is taken to be missing: busy machines are slow."""


@dataclass(frozen=True)
class Server:
    """A running dashboard with a home of its own."""

    url: str
    pid: int
    home: Path
    log: Path

    @property
    def workspace(self) -> Workspace:
        """The server's store and files, opened from here."""
        address = f"sqlite:///{self.home / 'anomalens.db'}"
        return open_workspace(
            replace(settings(), home=self.home, database_url=address, storage=str(self.home / "storage"))
        )


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The dashboard as the README starts it, on a free port, with nothing in it."""
    home = tmp_path_factory.mktemp("home")
    with start_server(home, tmp_path_factory.mktemp("log") / "server.log") as running:
        yield running


class start_server:  # noqa: N801 - reads as a function
    """A server for the length of a ``with`` block; stopped with all its workers at the end."""

    def __init__(self, home: Path, log: Path, **environment: str) -> None:
        self._home, self._log, self._environment = home, log, environment

    def __enter__(self) -> Server:
        port = _free_port()
        environment = os.environ | {"ANOMALENS_HOME": str(self._home), "OMP_NUM_THREADS": "1"} | self._environment
        command = [sys.executable, "-m", "streamlit", "run", "dashboard/app.py", "--server.port", str(port)]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                command, cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
            )
        url = f"http://localhost:{port}"
        self._wait_until_healthy(url)
        return Server(url=url, pid=self._process.pid, home=self._home, log=self._log)

    def __exit__(self, *_: Any) -> None:
        self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _wait_until_healthy(self, url: str) -> None:
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end:
            if self._process.poll() is not None:
                break
            try:
                with urllib.request.urlopen(f"{url}/health", timeout=2) as answer:
                    if answer.status == 200:
                        return
            except OSError:
                time.sleep(0.1)
        self.__exit__()
        pytest.fail(f"The server did not start:\n{self._log.read_text(errors='replace')[-3000:]}")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Debian's Chromium, one for the tests of a file: while Playwright runs, no other event loop can in this thread."""
    playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    playwright.expect.set_options(timeout=PATIENCE)
    if not Path(CHROMIUM).exists():
        pytest.skip(f"{CHROMIUM} is not installed (apt-get install chromium)")
    with playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """A fresh browser page; the test fails when a script breaks or an exception is shown on it."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, accept_downloads=True)
    context.set_default_timeout(PATIENCE)
    shown = context.new_page()
    problems = watch(shown)
    yield shown
    exceptions = shown.locator('[data-testid="stException"]').all_inner_texts()
    context.close()
    assert not exceptions, f"The page shows an exception: {exceptions}"
    assert not problems, f"The browser reports: {problems}"


def settle(page: Any) -> None:
    """Wait until the server has nothing more to say of a page."""
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()


def draw(page: Any) -> None:
    """Wait until a page has drawn what the mouse did last."""
    page.evaluate("() => new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn)))")


def watch(page: Any) -> list[str]:
    """What goes wrong in a page from now on: uncaught errors and console errors that are ours."""
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(f"uncaught: {error}"))
    page.on("console", lambda message: problems.append(message.text) if _matters(message) else None)
    return problems


def _matters(message: Any) -> bool:
    # A refused upload is an answer that the browser logs as a failed resource; a reconnect is logged as an error too.
    harmless = ("Failed to load resource", "WebSocket", "ERR_CONNECTION")
    return message.type == "error" and not any(word in message.text for word in harmless)


def _free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])
