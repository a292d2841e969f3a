"""How long a move of the threshold's slider takes to be seen, in a real browser."""

import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from core.bench import BENCHES, Result
from core.bench._server import running_server, trained_run
from core.bench.first_paint import CHROMIUM_OPTIONS, find_chromium

SLIDER = ".st-key-explore_slider_percentile input[type=range]"
# Settles when the threshold's words in the histogram and the first number beside it have both changed and are painted.
SEEN = """() => {
  const places = [
    ".st-key-figure_explore_histogram .annotation-text",
    ".st-key-explore_metrics [data-testid=stMetricValue]",
  ];
  const read = () => places.map(place => document.querySelector(place)?.textContent);
  const before = read(), start = performance.now();
  window.seen = new Promise(settle => {
    const look = () => {
      const now = read();
      if (now.every((text, i) => text !== before[i])) requestAnimationFrame(() => settle(performance.now() - start));
      else if (performance.now() - start > 10000) settle(NaN);
      else requestAnimationFrame(look);
    };
    look();
  });
}"""


@BENCHES.register("slider")
def slider(*, rows: int = 1_000_000, moves: int = 20) -> Result:
    """Milliseconds from a key on the threshold's slider to the new histogram and numbers on screen."""
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory(prefix="anomalens-bench-") as folder:
        home = Path(folder)
        run = trained_run(home, rows)
        with running_server(home) as server, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=find_chromium(), args=list(CHROMIUM_OPTIONS))
            page = browser.new_page(viewport={"width": 1440, "height": 900})
            server.wait()
            page.goto(f"{server.address}/explore?run={run}")
            page.locator("[data-testid=stDataFrame] canvas").first.wait_for(timeout=120_000)
            time.sleep(3)
            page.locator(SLIDER).focus()
            took = [_move(page, "ArrowLeft" if i % 10 < 5 else "ArrowRight") for i in range(moves)]
            browser.close()
    return {
        "rows": rows,
        "moves": moves,
        "median_ms": round(statistics.median(took)),
        "fastest_ms": round(min(took)),
        "slowest_ms": round(max(took)),
    }


def _move(page: Any, key: str) -> float:
    page.evaluate(SEEN)
    page.keyboard.press(key)
    milliseconds = float(page.evaluate("() => window.seen"))
    # What follows (the curve, the table) must not be counted into the next move.
    time.sleep(0.6)
    return milliseconds
