"""A run trained to be compared, in a real browser: the verdict, also after a refresh."""

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from core.compare.request import ComparisonRequest, detectors, read_newest
from core.jobs.derived.comparison import DerivedComparison
from core.jobs.derived.work import derive_here
from core.readers.ingest import ingest
from core.results.finished_run import FinishedRun
from core.store.workspace import Workspace

from .conftest import Server

pytestmark = [pytest.mark.browser, pytest.mark.data]
FILE = "cardio.csv"


@pytest.fixture(scope="module")
def space(server: Server) -> Workspace:

    return server.workspace


def test_what_was_asked_for_on_train_is_there_on_compare(
    page: Any, server: Server, space: Workspace, shared_data: Path
):
    dataset = ingest(space.store, space.artifacts, shared_data / "tabular" / FILE, name=FILE)
    page.goto(f"{server.url}/train?dataset={dataset.id}&preset=Tied+weights")
    page.locator(".st-key-train-compare label").click()
    page.locator(".st-key-train-go button").click()
    page.wait_for_url(re.compile(r"[?&]run="))
    run_id = re.search(r"[?&]run=(\w+)", page.url)[1]
    plan = ComparisonRequest(detectors("all"))
    assert read_newest(space.artifacts, run_id) == plan
    expect(page.locator(".st-key-live_headline")).to_contain_text("AUROC", timeout=180_000)
    page.goto(f"{server.url}/compare?run={run_id}")
    # Still under way, or done already: a refreshed browser sees the same either way.
    page.locator(".st-key-compare_steps, .st-key-compare_verdict").first.wait_for()
    page.reload()
    verdict = page.locator(".st-key-compare_verdict")
    verdict.wait_for(timeout=180_000)
    report = derive_here(FinishedRun.open(space, run_id), DerivedComparison(plan))
    assert len(report["detectors"]) == 10
    expect(verdict).to_contain_text(report["verdict"]["sentence"][:60])
    expect(page.locator(".st-key-figure_compare_roc .scatterlayer .trace")).to_have_count(11)
    page.get_by_role("radio", name="Kendall").or_(page.get_by_text("Kendall", exact=True)).first.click()
    page.wait_for_url(re.compile("agree=kendall"))
    expect(page.locator(".st-key-figure_compare_agreement .gtitle", has_text="Kendall")).to_be_visible()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Scores as CSV").click()
    header, first = Path(waiting.value.path()).read_text().splitlines()[:2]
    assert header.startswith("row,part,label,network,knn,isolation-forest")
    assert first.split(",")[1] == "test"
