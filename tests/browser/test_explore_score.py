"""Another score of a trained run, chosen in a real browser and computed by a real worker."""

from typing import Any

import pytest
from test_rescoring import write_run

from core.store.workspace import Workspace

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def space(server: Any) -> Workspace:
    """The server's own home."""
    return server.workspace


def metric(page: Any, label: str) -> str:
    cards = page.locator("[data-testid=stMetric]").filter(has=page.get_by_text(label, exact=True))
    return str(cards.first.locator("[data-testid=stMetricValue]").inner_text()).strip()


def test_another_score_is_computed_by_a_worker_and_its_link_opens_it_at_once(page, browser, server, space):
    expect = pytest.importorskip("playwright.sync_api").expect
    run_id = write_run(space)
    page.goto(f"{server.url}/explore?run={run_id}&experts=open")
    page.locator(".explorer[data-ready=true]").first.wait_for()
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()
    page.get_by_role("combobox", name="Score", exact=True).click()
    page.keyboard.type("Nearest rec")
    page.get_by_role("option", name="Nearest reconstructions").click()
    # A worker may have to load torch first.
    page.get_by_text("By the score chosen on Explore: Nearest reconstructions").wait_for()
    result = space.artifacts.read_json(f"runs/{run_id}/scores/knn/result.json")
    page.wait_for_function("auroc => document.body.innerText.includes(auroc)", arg=f"{result['auroc']:.4f}")
    assert "score=knn" in page.url
    expect(page.locator("#metric-flagged")).to_have_text(f"{result['flagged']:,}")
    other = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    other.goto(page.url)
    other.locator(".explorer[data-ready=true]").first.wait_for()
    other.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()
    assert metric(other, "AUROC") == f"{result['auroc']:.4f}"
    expect(other.locator("#metric-flagged")).to_have_text(f"{result['flagged']:,}")
    other.context.close()
