"""Benchmark of the threshold explorer: frames per second and bytes sent while the threshold is dragged."""

import tempfile
from pathlib import Path
from typing import Any

from core.bench import BENCHES, Result
from core.bench.first_paint import CHROMIUM_OPTIONS, find_chromium
from core.bench.harness.server import running_server
from core.bench.harness.written import written_run

# A frame: from the pointer's event being handled to the first task after that frame's paint. The message is posted
# before any other work of the frame and delivered behind all of it: scripts, layout, paint.
WATCH = """() => {
  const again = window.seen !== undefined;
  window.seen = { frames: [], starts: [] };
  if (again) return;
  const channel = new MessageChannel();
  let start = null;
  channel.port1.onmessage = () => { window.seen.frames.push(performance.now() - start); start = null; };
  document.addEventListener("pointermove", () => {
    if (start !== null) return;
    start = performance.now();
    requestAnimationFrame(now => { window.seen.starts.push(now); channel.port2.postMessage(0); });
  }, { capture: true });
}"""
# Settles when the table below has heard of the threshold.
HEARD = """() => new Promise(settle => {
  const start = performance.now(), before = location.search;
  const look = () => location.search !== before ? settle(performance.now() - start)
    : performance.now() - start > 10000 ? settle(null) : requestAnimationFrame(look);
  look();
})"""


@BENCHES.register("explorer")
def explorer(*, rows: int = 1_000_000, moves: int = 400) -> Result:
    """Milliseconds of a frame while the threshold's line is dragged, and the kilobytes that the browser was given.

    Dragged twice: with nothing selected, and with a cell of the confusion matrix selected, whose rows change with the
    line, in the map too.
    """
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory(prefix="anomalens-bench-") as folder:
        home = Path(folder)
        run = written_run(home, rows)
        with running_server(home) as server, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=find_chromium(), args=list(CHROMIUM_OPTIONS))
            page = browser.new_page(viewport={"width": 1440, "height": 900})
            server.wait()
            page.goto(f"{server.address}/explore?run={run}")
            page.locator(".explorer[data-ready=true]").first.wait_for(timeout=180_000)
            page.locator("[data-testid=stDataFrame] canvas").first.wait_for(timeout=180_000)
            page.wait_for_timeout(3000)
            measured: dict[str, float | None] = {**_drag(page, moves)}
            delay = page.evaluate(HEARD)
            measured["heard_ms"] = None if delay is None else round(delay)
            page.locator(".timeline [data-part=level]").wait_for(timeout=180_000)
            page.locator("[data-cell=truePositives]").click()
            page.locator("[data-cell=truePositives][aria-pressed=true]").wait_for()
            page.wait_for_timeout(3000)
            measured |= {f"cell_{name}": value for name, value in _drag(page, moves).items()}
            payload = page.evaluate("() => window.anomalensLive.bytes + window.anomalensLive.timeBytes")
            browser.close()
    return {"rows": rows, "moves": moves, **measured, "payload_kb": round(payload / 1000, 1)}


def _drag(page: Any, moves: int) -> dict[str, float]:
    """Drag the line to and fro across the histogram and let go of it."""
    import numpy as np

    line = page.locator("[data-line=first]").bounding_box()
    stage = page.locator("[data-part=stage]").first.bounding_box()
    x, y = line["x"] + line["width"] / 2, line["y"] + line["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.evaluate(WATCH)
    low, high = stage["x"] + 80, stage["x"] + stage["width"] - 40
    for i in range(moves):
        page.mouse.move(low + (high - low) * abs((i / 100) % 2 - 1), y)
    seen = page.evaluate("() => window.seen")
    page.mouse.up()
    frames, between = np.array(seen["frames"]), np.diff(seen["starts"])
    return {
        "frames": int(frames.size),
        "frame_ms_median": round(float(np.median(frames)), 1),
        "frame_ms_p95": round(float(np.percentile(frames, 95)), 1),
        "between_frames_ms_p95": round(float(np.percentile(between, 95)), 1),
    }
