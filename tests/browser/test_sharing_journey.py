"""From an upload to a report that a colleague reads: real connections, three families named, a link made and revoked.

Pictures of each step are left in the test's folder, to be looked at.
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from .conftest import Server, settle, watch

pytestmark = [pytest.mark.browser, pytest.mark.data]
ROWS = 1500
NAMES = {1: "SYN flood", 2: "Port <sweep>", 3: "Ping & flood"}


@pytest.fixture
def connections(shared_data: Path, tmp_path: Path) -> Path:
    """The first connections of NSL-KDD."""
    with (shared_data / "tabular" / "nsl_kdd_train_20percent.csv").open() as whole:
        lines = [next(whole) for _ in range(ROWS + 1)]
    file = tmp_path / "connections.csv"
    file.write_text("".join(lines))
    return file


@pytest.fixture
def look(page: Any, tmp_path: Path) -> Callable[[str], None]:
    """Takes a picture of the page as it is."""
    return lambda name: page.screenshot(path=tmp_path / f"{name}.png")


def test_an_analyst_names_three_families_and_hands_the_report_over(
    page: Any, browser: Any, server: Server, connections: Path, look: Callable[[str], None]
) -> None:
    page.goto(server.url)
    page.set_input_files('input[type="file"]', str(connections))
    page.wait_for_url(re.compile("dataset="))
    expect(page.get_by_text(f"{ROWS:,}", exact=True)).to_be_visible()
    look("1-uploaded")
    page.locator(".st-key-train_on_this button").first.click()
    page.wait_for_url(re.compile("/train"))
    page.locator(".st-key-train-go button").first.click()
    page.wait_for_url(re.compile(r"[?&]run="))
    page.locator(".st-key-live-explore button").first.click(timeout=120_000)
    page.locator(".explorer[data-ready=true]").first.wait_for()
    settle(page)
    look("2-explored")

    # The replay, by keys.
    page.locator(".st-key-explore_experts_box summary").click()
    epochs = page.locator(".st-key-figure_explore_epochs .slider-group")
    last = str(epochs.get_attribute("aria-valuemax"))
    epochs.focus()
    page.keyboard.press("Home")
    expect(epochs).to_have_attribute("aria-valuenow", "1")
    page.keyboard.press("ArrowRight")
    expect(epochs).to_have_attribute("aria-valuenow", "2")
    page.keyboard.press("End")
    expect(epochs).to_have_attribute("aria-valuenow", last)
    # A threshold of one's own.
    page.locator("[data-line=first]").focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_url(re.compile("threshold="))
    settle(page)
    flagged = page.locator("#metric-flagged").inner_text()

    # The flagged rows as stories, three of which are told by a name.
    page.locator(".st-key-explore_families_ask button").first.click()
    page.locator(".st-key-explore_family_3").wait_for(timeout=120_000)
    for number, name in NAMES.items():
        page.locator(f"[class*=st-key-explore_family_name_{number}_] button").first.click()
        page.get_by_role("textbox", name="What it is called").fill(name)
        page.keyboard.press("Enter")
        expect(page.locator(f".st-key-explore_family_{number}")).to_contain_text(name)
        page.get_by_role("textbox", name="What it is called").wait_for(state="detached")
    page.locator(".st-key-explore_family_1").scroll_into_view_if_needed()
    look("3-named")

    # A link for a colleague, who reads the same and can do nothing else.
    page.locator(".st-key-share_open button").first.click()
    page.get_by_role("textbox", name="Title", exact=True).fill("Attacks of the week")
    page.keyboard.press("Tab")
    page.get_by_role("button", name="Write title and summary").wait_for()
    look("4-share")
    page.get_by_role("tab", name="Links").click()
    page.get_by_role("textbox", name="For whom").fill("The night shift")
    page.keyboard.press("Tab")
    page.get_by_role("button", name="Make a link").click()
    page.get_by_text("Copy it now").wait_for()
    look("5-link")
    address = page.get_by_role("dialog").locator("code").filter(has_text="/shared/").inner_text().strip()
    other = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    problems = watch(other)
    other.goto(address)
    other.locator("html[data-ready=true]").wait_for()
    assert other.locator("h1").inner_text() == "Attacks of the week"
    assert other.locator("#metric-flagged").inner_text() == flagged
    cards = other.locator("#families h3").all_inner_texts()
    assert [card.startswith(name) for card, name in zip(cards, NAMES.values(), strict=False)] == [True] * 3
    other.get_by_role("button", name="Show its rows").first.click()
    expect(other.locator("[data-chips]")).to_contain_text("SYN flood")
    other.screenshot(path=connections.parent / "6-read.png")

    page.get_by_role("button", name="Revoke").click()
    page.get_by_text("There are no links to this run yet").wait_for()
    assert other.goto(address).status == 404
    expect(other.get_by_text("was revoked, or never made")).to_be_visible()
    assert not problems
    other.context.close()
