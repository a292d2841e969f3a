"""The Threshold lab on network connections: a guarantee is asked for, two thresholds are compared, one is used."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from core.thresholds import THRESHOLDS

from .conftest import ROOT, Server, settle

pytestmark = [pytest.mark.browser, pytest.mark.data]


@pytest.fixture(scope="module")
def run_id(server: Server, shared_data: Path) -> str:
    """A run on NSL-KDD in the server's own home."""
    import json

    file = shared_data / "tabular" / "nsl_kdd_train_20percent.csv"
    words = ["--label", "attack", "--normal", "normal", "--split", "normals", "--model", "dense", "--json"]
    done = subprocess.run(
        [sys.executable, "-m", "core.cli", "train", str(file), *words, "--set", "training.epochs=3"],
        cwd=ROOT, env=os.environ | {"ANOMALENS_HOME": str(server.home)}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return str(json.loads(done.stdout)["run"])


def metric(page: Any, label: str) -> str:
    cards = page.locator(".st-key-lab_metrics [data-testid=stMetric]").filter(has=page.get_by_text(label, exact=True))
    return str(cards.first.locator("[data-testid=stMetricValue]").inner_text()).strip()


def test_a_threshold_with_a_guarantee_is_set_compared_and_used(page: Any, server: Server, run_id: str) -> None:
    page.goto(f"{server.url}/thresholds?run={run_id}")
    page.locator(".st-key-figure_lab_rules .main-svg").first.wait_for()
    settle(page)
    lines = page.locator(".st-key-figure_lab_rules .yaxislayer-above text, .st-key-figure_lab_rules .y2tick text")
    drawn = set(lines.all_text_contents())
    # Without a column of time there are no alerts a day.
    assert {rule.title for name, rule in THRESHOLDS.items() if name != "alerts"} <= drawn
    expect(page.get_by_text("On average at most 10 % of the flagged rows are false alarms")).to_be_visible()

    # A stricter rate flags fewer rows, and the link keeps it.
    before = int(metric(page, "Flagged").replace(",", ""))
    page.locator("[class*='st-key-lab-conformal-fdr'] input[type=range]").focus()
    for _ in range(6):
        page.keyboard.press("ArrowLeft")
    # The last of quick presses is sent when the slider is left.
    page.keyboard.press("Tab")
    page.wait_for_url(re.compile(r"set=conformal\.fdr(:|%3A)0\.04"))
    expect(page.get_by_text("On average at most 4 % of")).to_be_visible()
    settle(page)
    after = int(metric(page, "Flagged").replace(",", ""))
    assert after < before

    # Another rule beside it: the rows that change hands.
    page.get_by_role("combobox", name="Threshold A").focus()
    page.keyboard.type("MAD")
    page.get_by_role("option", name="MAD", exact=True).wait_for()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("a=mad"))
    expect(page.get_by_text(re.compile(r"Only [AB] flags [\d,]+ rows"))).to_be_visible()
    settle(page)

    # Use it: it is the run's own from now on, at which Explore stands without a word in the address.
    page.get_by_role("button", name="Use this threshold").click()
    page.wait_for_url(re.compile(r"/explore\?run="))
    expect(page.get_by_text(re.compile("The run.s threshold is .* now, set by Conformal"))).to_be_visible()
    expect(page.locator("[data-testid=stMain]")).to_contain_text(f"{after:,}")
