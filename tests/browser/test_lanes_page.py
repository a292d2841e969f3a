"""The time line of a series in a browser: zoomed to a single moment, its line dragged, its events opened by keys."""

from pathlib import Path
from typing import Any

import pytest
from series_fixture import SPIKE, STEP, PlantedSeries, write_series

from .conftest import Server, settle

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def planted(server: Server, tmp_path_factory: pytest.TempPathFactory) -> PlantedSeries:
    return write_series(server.workspace, tmp_path_factory.mktemp("series"))


def shown(page: Any, what: str) -> Any:
    """Something of the component, which may lie in a shadow root."""
    return page.locator(".lanes[data-ready=true]").evaluate(
        f"(root) => {{ const part = root.explorer; return {what} }}"
    )


def opened(page: Any, server: Server, planted: PlantedSeries) -> Any:
    page.goto(f"{server.url}/explore?run={planted.run.id}")
    page.locator(".lanes[data-ready=true]").wait_for()
    settle(page)
    stage = page.locator(".lanes .stage")
    stage.scroll_into_view_if_needed()
    return stage


def test_one_zooms_to_a_single_moment_and_the_spike_is_seen_all_the_way(
    page: Any, server: Server, planted: PlantedSeries
):
    stage = opened(page, server, planted)
    assert shown(page, "part.stretch.range(['actual:0'], [0, part.stretch.n])[1]") == 60
    assert shown(page, "part.data.events.length") == 2
    stage.focus()
    # The keys: to the last event, and nearer until single moments are seen.
    for number in (1, 2):
        page.keyboard.press("n")
        page.wait_for_function(f"() => new URLSearchParams(location.search).get('event') === '{number}'")
    for _ in range(8):
        page.keyboard.press("+")
    at = 1_772_323_200 + SPIKE * STEP
    page.locator(".lanes [data-part=subtitle]", has_text="moments").wait_for()
    low, high = shown(page, "part.view")
    assert low < at < high
    assert high - low <= 40 * STEP
    assert shown(page, "part.stretch.full")
    assert SPIKE in shown(page, "[...part.stretch.arrays.row]")
    page.locator(".st-key-explore_events_card", has_text="pressure rose to").wait_for()


def test_the_line_on_the_score_and_the_explorer_s_are_one(page: Any, server: Server, planted: PlantedSeries):
    stage = opened(page, server, planted)
    box, level = stage.bounding_box(), shown(page, "part.level")
    page.mouse.move(box["x"] + 300, box["y"] + level)
    page.mouse.down()
    page.mouse.move(box["x"] + 300, box["y"] + level - 30, steps=4)
    page.mouse.up()
    page.wait_for_function("() => new URLSearchParams(location.search).has('threshold')")
    settle(page)
    # The spike alone is above it now.
    page.locator(".st-key-explore_events_card", has_text="1 labelled event, 0 found").wait_for()
    assert shown(page, "part.data.events.length") == 1


def test_a_report_of_it_is_zoomed_without_a_server(page: Any, planted: PlantedSeries, tmp_path: Path):
    from core.export.report import report_html

    (tmp_path / "report.html").write_text(report_html(planted.run), encoding="utf-8")
    page.goto((tmp_path / "report.html").as_uri())
    page.locator(".lanes[data-ready=true]").wait_for()
    page.locator(".lanes [data-do=next]").click()
    page.locator(".lanes [data-part=subtitle]", has_text="moments, 1 event").wait_for()
    assert shown(page, "part.stretch.full")
