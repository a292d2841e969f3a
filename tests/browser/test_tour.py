"""The tour of the first visit: it leads through its steps, covers nothing, and does not come back by itself."""

from typing import Any

import pytest

pytestmark = pytest.mark.browser


def marked(page: Any) -> list[str]:
    """The links of the navigation that the tour points at."""
    links = page.locator(".st-key-navigation a")
    shadows = links.evaluate_all(
        "all => all.map(a => [a.innerText.split('\\n').at(-1), getComputedStyle(a).boxShadow])"
    )
    return [name for name, shadow in shadows if shadow != "none"]


def test_the_tour_is_read_once_and_can_be_taken_again(page: Any, server: Any):
    page.goto(f"{server.url}/data")
    tour = page.locator(".st-key-tour")
    tour.get_by_text("1 of 4").wait_for()
    assert marked(page) == ["Data"]
    for place in (2, 3, 4):
        tour.get_by_role("button", name="Next").click()
        tour.get_by_text(f"{place} of 4").wait_for()
    assert marked(page) == ["Triage"]
    page.reload()
    tour.get_by_text("4 of 4").wait_for()
    for place in (3, 2, 1):
        tour.get_by_role("button", name="Back").click()
        tour.get_by_text(f"{place} of 4").wait_for()
    # Whoever goes ahead takes it along.
    page.locator(".st-key-navigation a", has_text="Explore").click()
    tour.get_by_text("3 of 4").wait_for()
    assert marked(page) == ["Explore"]
    page.locator(".st-key-navigation a", has_text="Data").click()
    page.wait_for_url("**/data*")
    tour.get_by_text("3 of 4").wait_for()
    tour.get_by_role("button", name="Next").click()
    tour.get_by_text("4 of 4").wait_for()
    tour.get_by_role("button", name="Done").click()
    again = tour.get_by_role("button", name="Take the tour")
    again.wait_for()
    assert not marked(page)
    page.reload()
    again.wait_for()
    again.focus()
    page.keyboard.press("Enter")
    tour.get_by_text("1 of 4").wait_for()
    assert page.evaluate("document.activeElement.shadowRoot.activeElement.dataset.part ") == "title"
