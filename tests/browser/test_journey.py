"""The whole path on real data: upload, label, train, threshold, a connection, a picture, the link elsewhere."""

import re
import struct
import urllib.parse
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from .conftest import Server, settle, watch

pytestmark = [pytest.mark.browser, pytest.mark.data]


def metric(page: Any, label: str) -> str:
    cards = page.locator("[data-testid=stMetric]").filter(has=page.get_by_text(label, exact=True))
    return str(cards.first.locator("[data-testid=stMetricValue]").inner_text()).strip()


def test_from_an_uploaded_file_to_a_shared_view(page: Any, browser: Any, server: Server, shared_data: Path) -> None:
    # Upload.
    page.goto(server.url)
    page.set_input_files('input[type="file"]', str(shared_data / "tabular" / "nsl_kdd_train_20percent.csv"))
    page.wait_for_url(re.compile("dataset="))
    expect(page.get_by_text("25,192", exact=True)).to_be_visible()

    # The label: `attack`, in which normal is normal.
    page.get_by_text("Label", exact=True).click()
    column = page.get_by_role("combobox", name="Label column")
    expect(column).to_have_value("attack")
    expect(page.get_by_text("normal  (13,449)")).to_be_visible()

    # Train "Recommended" and see it learn.
    page.locator(".st-key-train_on_this button").click()
    page.wait_for_url(re.compile("/train"))
    page.locator(".st-key-train-go button").click()
    page.wait_for_url(re.compile(r"[?&]run="))
    page.locator(".st-key-live-explore button").click(timeout=120_000)
    page.wait_for_url(re.compile("/explore"))
    page.locator(".explorer[data-ready=true]").first.wait_for()
    settle(page)
    assert float(metric(page, "AUROC")) > 0.95

    # Move the threshold.
    flagged = page.locator("#metric-flagged")
    before = flagged.inner_text()
    page.locator("[data-line=first]").focus()
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    page.wait_for_url(re.compile("threshold="))
    settle(page)
    after = flagged.inner_text()
    assert int(after.replace(",", "")) < int(before.replace(",", ""))

    # Open a flagged connection.
    grid = page.locator("[data-testid=stDataFrame]").first
    grid.scroll_into_view_if_needed()
    grid.click(position={"x": 300, "y": 35 + 17})
    page.wait_for_url(re.compile(r"row=\d+"))
    expect(page.get_by_text("Actual against expected")).to_be_visible()
    settle(page)

    # Download a picture at twice its size.
    figure = page.locator(".explorer").first
    figure.scroll_into_view_if_needed()
    with page.expect_download() as waiting:
        figure.get_by_role("button", name="PNG").click()
    picture = Path(waiting.value.path()).read_bytes()
    assert picture.startswith(b"\x89PNG")
    width = struct.unpack(">I", picture[16:20])[0]
    assert width == 2 * round(figure.locator("[data-part=stage]").bounding_box()["width"])

    # The same view in another browser.
    asked = urllib.parse.parse_qs(urllib.parse.urlsplit(page.url).query)
    other = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    problems = watch(other)
    other.goto(page.url)
    expect(other.get_by_text("Actual against expected")).to_be_visible()
    expect(other.locator("#metric-flagged")).to_have_text(after)
    settle(other)
    # The threshold that was chosen is the run's own by now, and need not stand in the address.
    found = urllib.parse.parse_qs(urllib.parse.urlsplit(other.url).query)
    assert found == {name: value for name, value in asked.items() if name not in {"rule", "threshold"}}
    assert not problems
    other.context.close()
