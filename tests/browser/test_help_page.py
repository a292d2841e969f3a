"""Help in a browser: a "?" opens its place, links are followed without loading the page again, and back goes back."""

from typing import Any

import pytest

from .conftest import draw

pytestmark = pytest.mark.browser


def opened(page: Any, server: Any, address: str = "") -> None:
    page.goto(f"{server.url}/help{address}")
    page.wait_for_selector(".help-body")


def page_opened(page: Any, server: Any, address: str) -> None:
    """Open another page, until every "?" on it leads somewhere."""
    page.goto(f"{server.url}/{address}")
    page.wait_for_function("() => document.anomalensHelpLinks")


def test_an_address_brings_its_place_into_view(page: Any, server: Any):
    opened(page, server, "?topic=scores&place=whitened")
    here = page.wait_for_selector(".help-here")
    assert "Whitened residual" in here.inner_text()
    page.wait_for_function("() => document.querySelector('.help-here').getBoundingClientRect().top < 300")


def test_a_search_leads_to_a_place_and_back_to_what_it_found(page: Any, server: Any):
    opened(page, server)
    page.get_by_label("Search in Help").fill("learning rate")
    page.keyboard.press("Enter")
    page.locator(".help-found a").first.click()
    assert "training.learning_rate" in page.wait_for_selector(".help-here").inner_text()
    assert page.url.endswith("/help?topic=settings&place=training.learning_rate")
    page.go_back()
    page.wait_for_selector(".help-found")
    assert page.get_by_label("Search in Help").input_value() == "learning rate"


def test_a_link_within_help_is_followed_without_loading_the_page_again(page: Any, server: Any):
    opened(page, server)
    page.evaluate("() => { window.kept = true }")
    page.locator(".help nav a[data-topic=metrics]").click()
    page.wait_for_selector(".help-body[data-topic=metrics]")
    assert page.evaluate("() => window.kept")


@pytest.mark.parametrize("way", ["click", "keys", "link"])
def test_a_question_mark_opens_its_place_in_a_tab(page: Any, server: Any, way: str):
    page_opened(page, server, "data")
    mark = page.locator("h1").filter(has_text="Data").locator("xpath=..").get_by_role("button", name="Help")
    if way == "keys":
        mark.focus()
    else:
        mark.hover()
    link = page.locator("[data-testid=stTooltipContent] a")
    link.wait_for()
    with page.context.expect_page() as opened_tab:
        if way == "keys":
            page.keyboard.press("Enter")
        else:
            (mark if way == "click" else link).click()
    tab = opened_tab.value
    assert "Data" in tab.wait_for_selector(".help-here").inner_text()
    assert tab.url.endswith("/help?topic=pages&place=data")


def test_a_link_in_the_help_of_a_switch_leaves_the_switch_alone(page: Any, server: Any):
    page_opened(page, server, "data?view=new")
    label = page.locator("label").filter(has_text="I have a second file")
    label.get_by_role("button", name="Help").hover()
    with page.context.expect_page() as opened_tab:
        page.locator("[data-testid=stTooltipContent] a").click()
    assert opened_tab.value.url.endswith("/help?topic=pages&place=new-data")
    assert not page.get_by_role("switch", name="I have a second file").is_checked()


def test_what_a_column_s_heading_says_waits_until_its_link_is_followed(page: Any, server: Any):
    from playwright.sync_api import TimeoutError

    from core.modalities.examples import examples, ingest_example

    dataset = ingest_example(server.workspace, next(iter(examples())))
    page_opened(page, server, f"data?dataset={dataset.id}")
    heading = page.locator("[data-testid=stDataFrame] canvas").first
    heading.wait_for()
    tip = page.locator("[data-testid=stDataFrameTooltipContent]").first
    box = heading.bounding_box()
    for right in range(160, 700, 60):
        page.mouse.move(box["x"] + right, box["y"] + 15)
        try:
            tip.wait_for(timeout=2_000)
            break
        except TimeoutError:
            continue
    place, before = tip.get_by_role("link").bounding_box(), None
    while place != before:
        draw(page)
        place, before = tip.get_by_role("link").bounding_box(), place
    with page.context.expect_page() as opened_tab:
        page.mouse.move(place["x"] + place["width"] / 2, place["y"] + place["height"] / 2, steps=12)
        page.mouse.down()
        page.mouse.up()
    assert "/help?topic=" in opened_tab.value.url


@pytest.mark.parametrize("width", [1440, 800])
def test_nothing_is_wider_than_the_page(browser: Any, server: Any, width: int):
    page = browser.new_page(viewport={"width": width, "height": 900})
    for topic in ("settings", "benchmarks", "command-line", "thresholds", "extending", "maps"):
        opened(page, server, f"?topic={topic}")
        body = page.locator(f".help-body[data-topic={topic}]")
        assert body.evaluate("body => body.scrollWidth <= body.clientWidth"), topic
    page.close()
