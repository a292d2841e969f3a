"""A report opened from disk: the line is dragged and everything follows, without a server and without a network."""

import re
import struct
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from run_fixture import HOSTILE, write_run

from core.export import pictures
from core.export.card import SIZES, card_svg
from core.export.context import ReportContext
from core.export.report import render
from core.results.finished_run import FinishedRun
from core.settings import settings
from core.store.workspace import open_workspace
from core.words import count

pytestmark = pytest.mark.browser


def test_the_line_is_dragged_in_a_file_and_the_page_follows(page: Any, tmp_path: Path):
    from datetime import UTC, datetime

    place = replace(settings(), home=tmp_path, database_url=f"sqlite:///{tmp_path}/r.db", storage=str(tmp_path / "s"))
    space = open_workspace(place)
    written = write_run(space, 3000, name=HOSTILE)
    seen = ReportContext(FinishedRun.open(space, written.run_id))
    made = render(seen, datetime.now(UTC))
    file = tmp_path / "report.html"
    file.write_text(made, encoding="utf-8")

    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(file.as_uri())
    page.wait_for_selector("html[data-ready=true]")
    handle = page.locator("[data-line=first]")
    flagged, listed = page.locator("#metric-flagged"), page.locator("[data-listed]")
    judged = written.scores[written.parts == "test"]
    assert flagged.inner_text() == count(int((judged > written.threshold).sum()))

    handle.evaluate("element => element.scrollIntoView({ behavior: 'instant', block: 'center' })")
    box, stage = handle.bounding_box(), page.locator("[data-mount=explorer] [data-part=stage]").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 60)
    page.mouse.down()
    page.mouse.move(stage["x"] + 0.55 * stage["width"], box["y"] + 60, steps=6)
    page.mouse.up()
    threshold = float(handle.get_attribute("aria-valuenow"))
    assert threshold > written.threshold
    above = int((judged > threshold).sum())
    assert flagged.inner_text() == count(above)
    assert listed.inner_text() == f"{count(above)} flagged rows."
    assert page.locator("tr[data-score]:visible").count() == above
    page.locator(f"[data-map][data-flagged='{above}']").wait_for()
    mark = page.locator("[data-mount=curves] [data-part=here]").inner_text()
    odd = written.scores[(written.parts == "test") & (written.labels == 1)]
    assert f"{100 * float((odd > threshold).mean()):.1f} % caught" in mark

    # Typed: the lowest step at which no more of the judged normal rows are flagged.
    page.locator("[data-unit=fpr]").fill("2")
    page.locator("[data-unit=fpr]").press("Enter")
    threshold = float(handle.get_attribute("aria-valuenow"))
    normal = written.scores[(written.parts == "test") & (written.labels == 0)]
    assert np.mean(normal > threshold) <= 0.02 < np.mean(normal >= threshold) + 2 / normal.size
    page.locator("[data-part=reset]").click()
    assert float(handle.get_attribute("aria-valuenow")) == pytest.approx(written.threshold)

    # A cell of the matrix selects: the list shows those rows, and how many there are in all.
    page.locator("[data-cell=falsePositives]").click()
    alarms = normal[normal > written.threshold]
    assert listed.inner_text().startswith(f"{count(alarms.size)} selected rows")
    assert page.locator("tr[data-score]:visible").count() == page.locator("tr[data-label='0']:visible").count() > 0
    page.locator("[data-chips] button").click()
    assert "flagged rows" in listed.inner_text()

    # On paper the still figure stands there, at the line as it is, and no button.
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator("[data-paper=explorer] svg").is_visible()
    assert not page.locator("[data-mount=explorer]").is_visible()
    assert page.locator("[data-paper=map] svg path").count() == 4
    assert not page.locator("[data-map] canvas").is_visible()
    assert not page.locator("[data-do=print]").is_visible()
    page.emulate_media(media="screen")
    page.set_viewport_size({"width": 800, "height": 900})
    assert page.evaluate("document.documentElement.scrollWidth") == 800
    page.locator("[data-do=theme]").click(click_count=2)
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(16, 22, 29)"
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []

    # The same page as a document and as pictures, by the machine's own browser.
    assert pictures.pdf(made).startswith(b"%PDF")
    size = SIZES["chat"]
    assert _size(pictures.picture(card_svg(seen, datetime.now(UTC)), *size)) == size
    width, height = _size(pictures.png(made))
    assert width % pictures.WIDTH == 0
    assert height > 2 * width
    assert re.search(r"<html[^>]*data-theme", made)


def _size(png: bytes) -> tuple[int, int]:
    assert png.startswith(b"\x89PNG")
    width, height = struct.unpack(">II", png[16:24])
    return width, height
