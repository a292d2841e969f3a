"""Benchmark of the start: seconds and memory from starting the dashboard to the first painted page."""

import shutil
import statistics
import tempfile
import time
from pathlib import Path

from core.bench import BENCHES, Result
from core.bench.harness.server import running_server
from core.errors import ConfigError

CHROMIUM_OPTIONS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
# The first thing that the page's script drew, inside the page's own block.
DRAWN = "[data-testid=stMainBlockContainer] [data-testid=stElementContainer]"


@BENCHES.register("first-paint")
def first_paint(*, repeats: int = 5) -> Result:
    """Seconds from the start of the server's process to the first paint of its page in Chromium."""
    import psutil
    from playwright.sync_api import sync_playwright

    answered, painted, memory = [], [], []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=list(CHROMIUM_OPTIONS))
        for _ in range(repeats):
            with tempfile.TemporaryDirectory(prefix="anomalens-bench-") as home, running_server(Path(home)) as server:
                page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
                server.wait()
                answered.append(time.perf_counter() - server.started)
                page.goto(f"{server.address}/")
                page.locator(DRAWN).first.wait_for(state="visible", timeout=60_000)
                painted.append(time.perf_counter() - server.started)
                memory.append(psutil.Process(server.process.pid).memory_info().rss / 1e6)
                page.context.close()
        browser.close()
    return {
        "repeats": repeats,
        "server_answers_s": round(statistics.median(answered), 2),
        "first_paint_s": round(statistics.median(painted), 2),
        "fastest_s": round(min(painted), 2),
        "slowest_s": round(max(painted), 2),
        "server_memory_mb": round(statistics.median(memory)),
    }


def find_chromium() -> str:
    """The machine's Chromium.

    Raises
    ------
    ConfigError
        When there is none.
    """
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        raise ConfigError("This benchmark needs a browser. Install Debian's: apt-get install chromium")
    return found
