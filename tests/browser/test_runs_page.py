"""The Runs page in a real browser: ticking one run, then two; the address, notes, and deleting."""

import re
from typing import Any

import pytest
from playwright.sync_api import expect
from run_fixture import write_run
from waiting import until

from .conftest import draw, settle

pytestmark = pytest.mark.browser
MARK = "ofthispage"
"""A word in the names of these runs: other tests have runs in the same server."""
NASTY = f"<img src=x onerror=alert(1)> *bold* {MARK}"


@pytest.fixture(scope="module")
def ids(server: Any) -> list[str]:
    """Three finished runs in the server's own home, the oldest first."""
    space = server.workspace
    names = (f"One {MARK}", f"Two {MARK}", NASTY)
    return [write_run(space, 300, explained=5, name=name, seed=i).run_id for i, name in enumerate(names)]


def _tick(page: Any, row: int) -> None:
    """Click the check box in front of a row of the table, which is drawn on a canvas."""
    settle(page)
    table = page.locator("[data-testid='stDataFrame']").first
    # What the canvas shows is written beside it for screen readers, once it is drawn.
    table.get_by_test_id(f"glide-cell-1-{row}").wait_for(state="attached")
    place, box = None, table.bounding_box()
    while place != box:  # until what stands above it has its height
        draw(page)
        place, box = box, table.bounding_box()
    page.mouse.click(box["x"] + 16, box["y"] + 36 + 35 * row + 17)


def test_one_tick_shows_a_run_two_compare_and_the_address_follows(server, ids, page):
    page.goto(f"{server.url}/runs?find={MARK}")
    _tick(page, 2)
    page.wait_for_url(re.compile(f"run={ids[0]}"))
    expect(page.locator(".st-key-details_headline")).to_contain_text("AUROC")
    _tick(page, 1)
    page.wait_for_url(re.compile(f"compare={ids[1]}"))
    expect(page.locator(".st-key-figure_compare_roc .scatterlayer .trace")).to_have_count(3)
    page.reload()
    expect(page.get_by_role("heading", name=re.compile("One .* and .*Two"))).to_be_visible()


def test_notes_are_kept_and_names_stay_text(server, ids, page):
    page.goto(f"{server.url}/runs?run={ids[2]}")
    expect(page.get_by_role("heading", name=NASTY)).to_be_visible()
    notes = page.get_by_role("textbox", name="Notes")
    notes.fill("Seen on a Sunday")
    notes.press("Control+Enter")
    until(lambda: server.workspace.store.run(ids[2]).notes == "Seen on a Sunday", "the notes were kept")
    page.reload()
    expect(page.get_by_role("textbox", name="Notes")).to_have_value("Seen on a Sunday")
    assert page.locator("img[src='x']").count() == 0


def test_the_search_is_in_the_address(server, ids, page):
    page.goto(f"{server.url}/runs")
    search = page.get_by_placeholder("Name, tag, note, preset …")
    search.fill(f"two {MARK}")
    search.press("Enter")
    page.wait_for_url(re.compile(f"find=two.{MARK}"))
    expect(page.get_by_text(re.compile(r"^1 run of \d+$"))).to_be_visible()


def test_a_run_is_deleted_after_a_second_click(server, ids, page):
    page.goto(f"{server.url}/runs?run={ids[2]}&find={MARK}")
    settle(page)  # a click while the page is still written may go to a button that is taken away
    page.get_by_role("button", name="Delete", exact=True).click()
    page.get_by_role("button", name="Delete for good").click()
    expect(page.get_by_text("was deleted")).to_be_visible()
    expect(page.get_by_text(re.compile(r"^2 runs"))).to_be_visible()
