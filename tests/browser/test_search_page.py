"""Find the best in a real browser: a search goes on live, is stopped, and goes on from another browser."""

import re
from typing import Any

import pytest
from playwright.sync_api import expect
from search_helpers import add_planted, tiny
from waiting import until

from core.search import lifecycle
from core.store.workspace import Workspace

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def workspace(server: Any) -> Workspace:
    """The server's own home."""
    return server.workspace


def test_a_search_is_watched_stopped_and_resumed_from_another_browser(server, workspace, page, browser):
    page.goto(server.url)  # the first visit lets the workers start
    search = lifecycle.start(workspace, add_planted(workspace), tiny(1000, models=["vae"], at_once=1))
    page.goto(f"{server.url}/search?search={search.id}")
    expect(page.locator(".st-key-search_status")).to_contain_text(
        re.compile(r"([3-9]|\d\d+) of 1,000 trials"), timeout=120_000
    )
    expect(page.locator(".st-key-figure_search_progress .scatterlayer .trace")).not_to_have_count(0)
    expect(page.locator(".st-key-figure_search_settings .parcoords").first).to_be_attached()
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(page.locator(".st-key-search_header")).to_contain_text("Stopped")
    other = browser.new_context().new_page()
    other.goto(page.url)
    expect(other.locator(".st-key-search_header")).to_contain_text("Stopped")
    made = len(workspace.store.trials(search.id))
    other.get_by_role("button", name="Resume", exact=True).click()
    expect(other.locator(".st-key-search_header")).to_contain_text("Searching")
    until(lambda: len(workspace.store.trials(search.id)) > made + 1, "more trials were made")
    other.get_by_role("button", name="Stop", exact=True).click()
    expect(other.locator(".st-key-search_header")).to_contain_text("Stopped")
    other.context.close()
    workspace.delete_search(search.id)
