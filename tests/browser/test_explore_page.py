"""The Explore page in a real browser: the threshold, a row and its reasons, the map, the download, the shared link."""

import csv
import re
from typing import Any
from urllib.parse import unquote

import numpy as np
import pytest
from run_fixture import WrittenRun, write_run

from core.metrics.evaluation import auroc
from dashboard.format import number as number_text

from .conftest import draw, settle

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def run(server: Any) -> WrittenRun:
    """A finished run in the server's own home."""
    return write_run(server.workspace, 2000, name="Planted <b>run</b>")


def explore(page: Any, server: Any, run: WrittenRun, query: str = "") -> None:
    """Open the page and wait until everything on it is drawn."""
    page.goto(f"{server.url}/explore?run={run.run_id}{query}")
    page.locator(".explorer[data-ready=true]").first.wait_for()
    page.locator("[data-testid=stDataFrame] canvas").first.wait_for()
    settle(page)


def metric(page: Any, label: str) -> str:
    cards = page.locator("[data-testid=stMetric]").filter(has=page.get_by_text(label, exact=True))
    return str(cards.first.locator("[data-testid=stMetricValue]").inner_text()).strip()


def wait_for(page: Any, words: str) -> None:
    page.wait_for_function("words => document.body.innerText.includes(words)", arg=words)


def flagged(run: WrittenRun, threshold: float) -> int:
    return int((run.scores[run.parts == "test"] > threshold).sum())


def test_a_dragged_line_counts_at_once_is_heard_of_once_and_its_link_opens_the_same_view(page, browser, server, run):
    expect = pytest.importorskip("playwright.sync_api").expect
    said = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: said.append(frame)))
    explore(page, server, run, "&colour=flagged")
    number = page.locator("#metric-flagged")
    assert number.inner_text() == str(flagged(run, run.threshold))
    # On a machine that draws the map slowly it waits until the line is let go of.
    shown = page.locator(".map[data-ready=true]")
    shown.evaluate("({explorer}) => (explorer.slow = true)")
    legend = shown.locator("[data-part=legend]")
    line = page.locator("[data-line=first]")
    line.scroll_into_view_if_needed()
    place = line.bounding_box()
    x, y = place["x"] + place["width"] / 2, place["y"] + 50
    page.mouse.move(x, y)
    page.mouse.down()
    before = len(said)
    for i in range(40):
        page.mouse.move(x + i, y)
    draw(page)
    threshold = float(line.get_attribute("aria-valuenow"))
    assert threshold > run.threshold
    assert number.inner_text() == str(flagged(run, threshold))
    assert page.locator("[data-live=flagged]").all_inner_texts() == [str(flagged(run, threshold))] * 2
    caught = (run.scores > threshold) & (run.parts == "test") & (run.labels == 1)
    assert page.locator("[data-live=caught]").inner_text() == str(caught.sum())
    assert f"{flagged(run, threshold)} of" in line.get_attribute("aria-valuetext")
    assert page.locator("[data-part=here]").inner_text().startswith("above ")
    assert len(said) == before
    assert f"Flagged ({(run.scores > run.threshold).sum()})" in legend.inner_text()
    page.mouse.up()
    page.wait_for_url(re.compile("threshold="))
    assert len(said) == before + 1
    expect(legend).to_contain_text(f"Flagged ({(run.scores > threshold).sum()})")
    assert float(re.search(r"threshold=([\d.e-]+)", page.url).group(1)) == threshold
    wait_for(page, f"Rows 1 to {min(100, flagged(run, threshold))} of {flagged(run, threshold)} flagged rows")
    page.get_by_text("Precision-recall", exact=True).click()
    page.wait_for_url(re.compile("curve=precision"))
    other = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    other.goto(page.url)
    other.locator(".explorer[data-ready=true]").first.wait_for()
    assert other.locator("#metric-flagged").inner_text() == str(flagged(run, threshold))
    other.get_by_text("Precision and recall, average precision").wait_for()
    other.context.close()


def test_a_threshold_is_typed_in_any_unit_and_taken_back(page, server, run):
    explore(page, server, run)
    expect = pytest.importorskip("playwright.sync_api").expect
    number, box = page.locator("#metric-flagged"), page.locator("[data-unit=percentile]")
    box.fill("9o")
    box.press("Enter")
    page.get_by_text("Type a number, such as 99.5.").wait_for()
    box.fill("90")
    box.press("Enter")
    page.wait_for_url(re.compile("rule=percentile&threshold=90"))
    wanted = flagged(run, float(np.percentile(run.scores[run.parts == "validation"], 90)))
    page.wait_for_function("n => document.querySelector('[data-live=flagged]').textContent === n", arg=str(wanted))
    expect(number).to_have_text(str(wanted))
    expect(box).to_have_value("90")
    line = page.locator("[data-line=first]")
    line.focus()
    page.keyboard.press("ArrowRight")
    expect(number).to_have_text(str(wanted - 1))
    page.keyboard.press("Home")
    expect(number).to_have_text(f"{(run.parts == 'test').sum():,}")
    page.keyboard.press("End")
    expect(number).to_have_text("0")
    page.locator("[data-part=reset]").click()
    page.wait_for_function(
        "n => document.querySelector('[data-live=flagged]').textContent === n", arg=str(flagged(run, run.threshold))
    )


def test_a_click_on_a_row_opens_it_with_its_reasons(page, server, run):
    explore(page, server, run)
    grid = page.locator("[data-testid=stDataFrame]").first
    grid.scroll_into_view_if_needed()
    grid.click(position={"x": 300, "y": 35 + 35 * 2 + 17})
    page.wait_for_url(re.compile(r"row=\d+"))
    row = int(re.search(r"row=(\d+)", page.url).group(1))
    test = np.flatnonzero(run.parts == "test")
    assert row == test[np.lexsort((test, -run.scores[test]))[2]]
    wait_for(page, "Actual against expected")
    page.locator(".st-key-figure_explore_contributions .main-svg").first.wait_for()
    card = page.locator(".st-key-explore_row_card")
    assert "Flagged · score" in card.inner_text()
    # The reason stands beside the list, before the eyes that chose the row.
    place = card.bounding_box()
    assert place["y"] + 200 < page.viewport_size["height"]
    assert place["x"] > grid.bounding_box()["x"] + grid.bounding_box()["width"]


@pytest.mark.parametrize("width", [1440, 800])
def test_the_threshold_is_on_the_first_screen_and_within_ten_tabs_of_the_start(page, server, run, width):
    page.set_viewport_size({"width": width, "height": 900})
    explore(page, server, run)
    box = page.get_by_role("spinbutton", name="Threshold")
    place = box.bounding_box()
    assert place["y"] + place["height"] < 900
    assert page.get_by_role("button", name="Share").inner_text().strip().endswith("Share")
    page.evaluate("document.activeElement.blur()")
    for _ in range(2):
        page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "To the threshold"
    page.keyboard.press("Enter")
    assert box.evaluate("(own) => own === document.activeElement")
    page.locator("h1").click()
    page.keyboard.press("Tab")
    stops = 1
    while stops < 10 and not box.evaluate("(own) => own === document.activeElement"):
        page.keyboard.press("Tab")
        stops += 1
    assert stops < 10


def test_a_row_that_is_chosen_further_down_is_brought_before_the_eyes(page, server, run):
    explore(page, server, run)
    chart = page.locator(".map[data-ready=true] [data-part=stage]")
    chart.scroll_into_view_if_needed()
    page.evaluate("document.querySelector('.st-key-explore_families_card').scrollIntoView()")
    page.wait_for_function("document.querySelector('.st-key-explore_row_head').getBoundingClientRect().top < 0")
    chart.scroll_into_view_if_needed()
    place = chart.bounding_box()
    for dx in range(0, 200, 10):
        page.mouse.click(place["x"] + place["width"] / 2 - 60 + dx, place["y"] + place["height"] / 2)
        if "row=" in page.url:
            break
        page.wait_for_timeout(100)
    page.wait_for_url(re.compile(r"row=\d+"))
    page.wait_for_function(
        "() => { const { top } = document.querySelector('.st-key-explore_row_head').getBoundingClientRect();"
        " return top >= 0 && top < innerHeight / 2 }"
    )


def test_a_column_or_a_run_named_like_markup_is_only_text(page, server, run):
    row = int(np.argmax(run.scores))
    page.on("dialog", lambda dialog: pytest.fail(f"a script ran: {dialog.message}"))
    explore(page, server, run, f"&row={row}")
    page.locator(".st-key-figure_explore_contributions .main-svg").first.wait_for()
    wait_for(page, "<img src=x onerror=alert(1)>")
    assert page.locator("img[src=x]").count() == 0
    wait_for(page, "Planted <b>run</b>")


def test_an_area_drawn_in_the_map_lists_its_rows_and_can_be_taken_back(page, server, run):
    explore(page, server, run)
    chart = page.locator(".map[data-ready=true] [data-part=stage]")
    chart.scroll_into_view_if_needed()
    box = chart.bounding_box()
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(middle[0] - 60, middle[1] - 60)
    page.mouse.down()
    for dx, dy in ((60, -60), (60, 60), (-60, 60), (-60, -58)):
        page.mouse.move(middle[0] + dx, middle[1] + dy, steps=4)
    page.mouse.up()
    page.wait_for_url(re.compile("area="))
    wait_for(page, "Selected rows")
    wait_for(page, "selected rows (test)")
    page.get_by_role("button", name="Drawn around in the map").click()
    wait_for(page, "Flagged rows")
    assert "area=" not in page.url


def test_a_filter_is_followed_by_every_view_and_a_curve_that_is_clicked_sets_the_threshold(page, server, run):
    expect = pytest.importorskip("playwright.sync_api").expect
    explore(page, server, run)
    whole = page.locator(".curves [data-part=subtitle]").inner_text()
    page.get_by_role("button", name="Filter").click()
    page.get_by_role("combobox", name="Column").click()
    page.get_by_role("option", name="service").click()
    page.get_by_role("combobox", name="Values").click()
    page.get_by_role("option", name="smtp").click()
    page.keyboard.press("Tab")
    page.get_by_role("button", name="Add filter").click()
    page.wait_for_url(re.compile("where="))
    wanted = (run.parts == "test") & (run.frame["service"] == "smtp").to_numpy()
    above = wanted & (run.scores > run.threshold)
    wait_for(page, f"{wanted.sum()} of {(run.parts == 'test').sum():,} rows · {above.sum()} flagged")
    number = page.locator("#metric-flagged")
    expect(number).to_have_text(str(above.sum()))
    expect(page.locator(".curves [data-part=subtitle]")).to_contain_text(f"{wanted.sum()} selected rows")
    assert "selected" not in whole
    wait_for(page, f"of {wanted.sum()} selected rows (test)")
    stage = page.locator(".curves [data-part=stage]")
    stage.scroll_into_view_if_needed()
    box = stage.bounding_box()
    page.mouse.move(box["x"] + 90, box["y"] + 30)
    expect(page.locator(".curves [data-part=tip]")).to_contain_text("Click to set the threshold here")
    page.mouse.down()
    page.mouse.up()
    page.wait_for_url(re.compile("threshold="))
    threshold = float(re.search(r"threshold=([\d.e-]+)", page.url).group(1))
    expect(number).to_have_text(str((wanted & (run.scores > threshold)).sum()))
    wait_for(
        page,
        f"{wanted.sum()} of {(run.parts == 'test').sum():,} rows · {(wanted & (run.scores > threshold)).sum()} flagged",
    )
    page.get_by_role("button", name="service is smtp").click()
    page.wait_for_url(lambda url: "where=" not in url)
    expect(number).to_have_text(str(flagged(run, threshold)))
    page.get_by_text("Select", exact=True).click()
    box = page.locator("[data-part=stage]").first.bounding_box()
    line = page.locator("[data-line=first]").bounding_box()
    y, middle = box["y"] + 150, line["x"] + line["width"] / 2
    page.mouse.move(middle - 60, y)
    page.mouse.down()
    page.mouse.move(middle + 120, y, steps=4)
    page.mouse.up()
    page.wait_for_url(re.compile("band="))
    low, high = (float(end) for end in re.search(r"band=([\d.e,-]+)", unquote(page.url)).group(1).split(","))
    wanted = (run.parts == "test") & (run.scores > low) & (run.scores <= high)
    assert low < threshold < high
    expect(number).to_have_text(str((wanted & (run.scores > threshold)).sum()))
    expect(page.locator("[data-part=within]")).to_have_text(
        f"Within the selection ({wanted.sum():,} of {(run.parts == 'test').sum():,} rows)"
    )
    missed = (wanted & (run.scores <= threshold) & (run.labels == 1)).sum()
    expect(page.locator("[data-cell=falseNegatives] b")).to_have_text(str(missed))
    area = number_text(auroc(run.labels[wanted], run.scores[wanted]), 4)
    expect(page.locator(".curves [data-part=title]")).to_have_text(f"ROC curve, AUC {area}")


def test_a_point_of_the_map_tells_its_row_and_opens_it_and_the_map_is_coloured_by_a_column(page, server, run):
    explore(page, server, run, "&colour=column:service")
    chart = page.locator(".map[data-ready=true]")
    chart.scroll_into_view_if_needed()
    legend = chart.locator("[data-part=legend]").inner_text()
    for name, points in run.frame["service"].value_counts().items():
        assert f"{name} ({points:,})" in legend
    # The point with the highest score, which lies on top of the others.
    x, y = chart.evaluate(
        "({explorer: {x, y, places}}) => [x.place(places.x(places.n - 1)), y.place(places.y(places.n - 1))]"
    )
    stage = chart.locator("[data-part=stage]").bounding_box()
    page.mouse.move(stage["x"] + x, stage["y"] + y)
    tip = chart.locator("[data-part=tip]:not([hidden])")
    row = int(np.argmax(run.scores))
    assert re.match(rf"row {row:,}, score .*, anomaly, {run.frame['service'].iloc[row]}$", tip.inner_text())
    page.mouse.down()
    page.mouse.up()
    page.wait_for_url(re.compile(rf"row={row}(&|$)"))


def test_the_scores_come_as_a_file_flagged_at_the_threshold_that_is_set(page, server, run):
    explore(page, server, run, "&rule=value&threshold=0.3")
    page.get_by_text("All scores").click()
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Scores", exact=False).first.click()
    with open(waiting.value.path(), encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    assert len(lines) == 2000
    assert sum(int(line["flagged"]) for line in lines) == int((run.scores > 0.3).sum())
