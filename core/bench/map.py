"""Benchmark of the latent map: seconds until a run of any size is painted, and until a selection is answered."""

import tempfile
from pathlib import Path
from typing import Any

from core.bench import BENCHES, Result
from core.bench.first_paint import CHROMIUM_OPTIONS, find_chromium
from core.bench.harness.server import running_server
from core.bench.harness.written import written_run

# Settles after the frame in which the map has drawn points ("ready": of many every so manyth) or all ("whole"), in
# milliseconds since the page was asked for.
PAINTED = """name => new Promise(settle => {
  const channel = new MessageChannel();
  channel.port1.onmessage = () => settle(performance.now());
  const look = () => {
    const drawn = `.map[data-ready=true]${name === "whole" ? "[data-whole=true]" : ""}`;
    const inside = [...document.querySelectorAll("*")].map(e => e.shadowRoot?.querySelector(drawn));
    const map = inside.find(Boolean);
    if (!map) return requestAnimationFrame(look);
    const canvas = map.querySelector("[data-part=points]"), gl = canvas.getContext("webgl");
    if (gl) gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(4));
    requestAnimationFrame(() => channel.port2.postMessage(0));
  };
  look();
})"""
# Notes when the button is let go of, and when another number of selected rows stands above the table.
WATCH = """() => {
  const said = () => document.body.innerText.match(/of ([\\d,]+) selected rows/)?.[1] ?? "";
  const seen = window.seen = { before: said(), start: null, end: null, rows: null };
  const look = () => {
    if (seen.start !== null && said() && said() !== seen.before) {
      seen.rows = Number(said().replaceAll(",", ""));
      seen.end = performance.now();
      return;
    }
    requestAnimationFrame(look);
  };
  const begin = () => { seen.start = performance.now(); look(); };
  document.addEventListener("pointerup", begin, { capture: true, once: true });
}"""


@BENCHES.register("map")
def map_of_rows(*, rows: int = 2_000_000, selections: int = 7) -> Result:
    """Seconds to the first paint of a run's map, and from the end of a lasso to the list of its rows."""
    import numpy as np
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory(prefix="anomalens-bench-") as folder:
        home = Path(folder)
        run = written_run(home, rows)
        with running_server(home) as server, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=find_chromium(), args=list(CHROMIUM_OPTIONS))
            server.wait()
            address = f"{server.address}/explore?run={run}"
            # The server's own first page imports what all pages need; what is asked here is the map's time.
            _open(browser, f"{server.address}/runs").close()
            paints = []
            for visit in range(4):
                page = _open(browser, address)
                paints.append([float(page.evaluate(PAINTED, name)) / 1000 for name in ("ready", "whole")])
                if visit < 3:
                    page.context.close()
            found = [_select(page, size) for size in np.linspace(0.15, 0.9, selections)]
            sent = page.evaluate(
                "() => performance.getEntriesByType('resource').filter(e => e.name.includes('/map/'))"
                ".reduce((sum, e) => sum + e.encodedBodySize, 0)"
            )
            browser.close()
    times = np.array([seconds for seconds, _ in found])
    return {
        "rows": rows,
        "first_paint_s": round(paints[0][0], 2),
        "later_paint_s": round(float(np.median([painted for painted, _ in paints[1:]])), 2),
        "every_point_s": round(float(np.median([whole for _, whole in paints[1:]])), 2),
        "selection_s_median": round(float(np.median(times)), 3),
        "selection_s_max": round(float(times.max()), 3),
        "selected_rows": [rows for _, rows in found],
        "sent_mb": round(sent / 1e6, 2),
    }


def _open(browser: Any, address: str) -> Any:
    page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    page.set_default_timeout(180_000)
    page.goto(address)
    return page


def _select(page: Any, size: float) -> tuple[float, int]:
    """Draw around the middle of the map; the seconds until its rows are listed, and how many they are."""
    import math

    stage = page.locator(".map [data-part=stage]")
    stage.scroll_into_view_if_needed()
    box = stage.bounding_box()
    x, y = box["x"] + 0.5 * box["width"], box["y"] + 0.45 * box["height"]
    reach = [0.45 * size * box["width"], 0.38 * size * box["height"]]
    corners = [
        (x + reach[0] * math.cos(a / 20 * math.tau), y + reach[1] * math.sin(a / 20 * math.tau)) for a in range(20)
    ]
    page.mouse.move(*corners[0])
    page.mouse.down()
    for corner in corners:
        page.mouse.move(*corner, steps=2)
    page.evaluate(WATCH)
    page.mouse.up()
    page.wait_for_function("() => window.seen.end !== null")
    seen = page.evaluate("() => window.seen")
    # What the selection sets going on the rest of the page ends before the next one.
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()
    page.wait_for_timeout(500)
    return (seen["end"] - seen["start"]) / 1000, int(seen["rows"])
