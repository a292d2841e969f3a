"""A kind of data that is one folder goes the whole way on the pages: from a file of curves to a report."""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from curves.files import generate
from playwright.sync_api import expect

from .conftest import Server, settle, start_server

pytestmark = pytest.mark.browser

TESTS = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def curves_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of its own: the plug-in is found by the environment, by its workers too."""
    paths = os.pathsep.join([str(TESTS.parent), str(TESTS)])
    home, log = tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("log") / "server.log"
    with start_server(home, log, ANOMALENS_PLUGINS="curves", PYTHONPATH=paths) as running:
        yield running


TEXTS = """() => {
  const found = []
  const visit = (root) => {
    for (const node of root.querySelectorAll("*")) {
      if (node.shadowRoot) visit(node.shadowRoot)
      if (["SCRIPT", "STYLE", "TEMPLATE"].includes(node.tagName)) continue
      for (const name of ["title", "aria-label", "placeholder"]) found.push(node.getAttribute(name) ?? "")
      for (const part of node.childNodes) if (part.nodeType === Node.TEXT_NODE) found.push(part.nodeValue.trim())
    }
  }
  visit(document)
  return [...new Set(found)]
}"""
INDEX = re.compile(
    # Columns of the index, which every kind of data has, and what Streamlit writes at its own tables.
    r"^\d+ columns?$|^Columns?$|Label column|none of these columns|value in every column|By a column|a column says"
    r"|column can be|[Cc]olumn (names|.verdict.)|Show/hide columns"
)


def of_a_table(page: Any) -> list[str]:
    """The texts of a page that speak of rows or columns where curves and channels are meant."""
    about = re.compile(r"\b(rows?|columns?)\b", re.IGNORECASE)
    return [text for text in page.evaluate(TEXTS) if about.search(text) and not INDEX.search(text)]


def metric(page: Any, label: str) -> str:
    cards = page.locator("[data-testid=stMetric]").filter(has=page.get_by_text(label, exact=True))
    return str(cards.first.locator("[data-testid=stMetricValue]").inner_text()).strip()


def test_curves_go_the_whole_way_on_the_pages(page: Any, curves_server: Server, tmp_path: Path) -> None:
    server = curves_server.url
    file = tmp_path / "presses.curves"
    file.write_bytes(generate(240, seed=1))

    # Upload: it is recognised by what it holds, and no column has to be a feature.
    page.goto(f"{server}/data?view=new")
    page.set_input_files('input[type="file"]', str(file))
    page.wait_for_url(re.compile("dataset="))
    page.get_by_role("button", name="Train on this data").wait_for()
    settle(page)
    assert (metric(page, "Curves"), metric(page, "Kind of data")) == ("240", "Curves")
    expect(page.get_by_text("none of these columns")).to_be_visible()
    expect(page.get_by_text("Nothing to learn from")).to_have_count(0)
    page.get_by_role("radio", name="How it was read").click()
    expect(page.get_by_text("It holds curves of two channels.")).to_be_visible()
    page.get_by_role("radio", name="Label").click()
    page.get_by_role("combobox", name="Label column").click()
    page.get_by_role("option", name="verdict").click()
    expect(page.get_by_text("normal  (228)")).to_be_visible()
    settle(page)
    assert of_a_table(page) == []
    page.get_by_role("radio", name="Split").click()
    expect(page.get_by_role("radio", name="Half of the normals")).to_be_checked()
    settle(page)
    assert of_a_table(page) == []

    # The form of a search, and that of a training, offer what reads curves alone.
    dataset = re.search(r"dataset=(\w+)", page.url)[1]
    page.goto(f"{server}/search?dataset={dataset}")
    page.get_by_text("What is tried, and how").click()
    chosen = page.locator(".st-key-search-models-time-channel [data-tag]")
    expect(chosen.filter(has_text="Window autoencoder")).to_have_count(1)
    expect(chosen.filter(has_text="Dense autoencoder")).to_have_count(0)
    expect(page.get_by_role("button", name="Start the search")).to_be_enabled()
    assert of_a_table(page) == []
    page.goto(f"{server}/train?dataset={dataset}&preset=VAE")
    expect(page.get_by_text("is for another kind of data")).to_be_visible()
    expect(page.locator(".st-key-preset_cards [role=radiogroup] label")).to_have_count(1)
    assert of_a_table(page) == []
    page.locator(".st-key-train-go button").click()
    page.wait_for_url(re.compile(r"[?&]run="))
    page.locator(".st-key-live-explore button").click()

    # Explore: threshold, map, and a flagged curve as its renderer draws it.
    page.wait_for_url(re.compile("/explore"))
    page.locator(".explorer[data-ready=true]").first.wait_for()
    settle(page)
    run = re.search(r"run=(\w+)", page.url)[1]
    assert float(metric(page, "AUROC")) > 0.9
    assert metric(page, "Channels") == "2"
    flagged = page.locator("#metric-flagged")
    before = int(flagged.inner_text())
    page.locator("[data-line=first]").focus()
    for _ in range(5):
        page.keyboard.press("ArrowLeft")
    page.wait_for_url(re.compile("threshold="))
    settle(page)
    assert int(flagged.inner_text()) >= before
    expect(page.locator(".map[data-ready=true]")).to_be_visible()
    page.get_by_role("spinbutton", name="Open curve").fill("4")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"[?&]row=4"))
    expect(page.get_by_role("heading", name="Curve 4")).to_be_visible()
    expect(page.locator("svg.curve[aria-label=speed]")).to_be_visible()
    # Its charts and its maps are those of its axes, its own among them.
    expect(page.locator(".st-key-figure_explore_error_over_time .scatterlayer .trace")).to_have_count(1)
    expect(page.locator(".st-key-figure_explore_channels .scatterlayer .trace")).to_have_count(2)
    expect(page.locator(".st-key-explore_latent_controls").get_by_role("radio", name="First codes")).to_be_visible()
    page.locator(".st-key-explore_families_ask button").first.click()
    expect(page.locator(".st-key-explore_family_1")).to_contain_text(re.compile("speed|load"))
    settle(page)
    assert of_a_table(page) == []

    # A report is downloaded.
    page.locator(".st-key-share_open button").first.click()
    with page.expect_download() as waiting:
        page.get_by_role("dialog").get_by_role("link", name="HTML").click()
    assert "speed" in Path(waiting.value.path()).read_text(encoding="utf-8")

    # Triage: a verdict by key on a curve that is seen.
    page.goto(f"{server}/triage?run={run}")
    page.locator(".triage[data-ready]").wait_for()
    settle(page)
    expect(page.locator("svg.curve[aria-label=speed]")).to_be_visible()
    heading = page.locator("h3").first
    first = heading.inner_text()
    assert first.startswith("Curve ")
    page.get_by_label("Your name").fill("Ada")
    page.keyboard.press("Enter")
    page.get_by_text("as Ada").wait_for()
    page.locator(".triage:not([data-busy])").wait_for()
    page.keyboard.press("a")
    expect(heading).not_to_have_text(first)
    expect(page.locator("[data-part=said]")).to_contain_text(f"{first} is an anomaly")
    settle(page)
    assert of_a_table(page) == []

    # Compare: nearest neighbours of the curves' vectors.
    page.goto(f"{server}/compare?run={run}&detectors=knn")
    page.locator(".st-key-compare_go button").first.click()
    expect(page.locator(".st-key-compare_verdict")).to_be_visible()
    # The network, the nearest neighbours, and the line of guessing.
    expect(page.locator(".st-key-figure_compare_roc .scatterlayer .trace")).to_have_count(3)
    settle(page)
    assert of_a_table(page) == []
    for address in (f"thresholds?run={run}", f"runs?run={run}"):
        page.goto(f"{server}/{address}")
        page.locator("[data-testid=stDataFrame]").first.wait_for()
        settle(page)
        assert of_a_table(page) == []
