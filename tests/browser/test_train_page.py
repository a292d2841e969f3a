"""Training in a real browser: the form, the live view, the reins, and the address that brings it all back."""

import re
import sqlite3
from typing import Any

import numpy as np
import pandas as pd
import pytest
from job_helpers import LONG
from playwright.sync_api import expect

from core.readers.ingest import ingest

from .conftest import draw, settle

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def dataset(server: Any) -> str:
    """A dataset of 4,000 rows in the server's own home."""
    rng = np.random.default_rng(0)
    odd = rng.random(4000) < 0.05
    frame = pd.DataFrame(rng.normal(size=(4000, 8)) + 2.5 * odd[:, None], columns=list("abcdefgh")).round(4)
    frame["label"] = odd.astype(int)
    frame.to_csv(server.home / "planted.csv", index=False)
    space = server.workspace
    return ingest(space.store, space.artifacts, server.home / "planted.csv", name="planted.csv").id


def _start(page: Any, server: Any, dataset: str, epochs: int, name: str) -> str:
    """Fill in the form and train; the id of the run."""
    page.goto(f"{server.url}/train?dataset={dataset}&preset=Tabular")
    page.get_by_role("tab", name="Training", exact=True).click()
    field = page.locator("[class*='st-key-train-form-training-epochs'] input")
    field.fill(str(epochs))
    field.press("Enter")
    expect(page.locator(".st-key-train_changes")).to_contain_text("Epochs")
    title = page.locator(".st-key-train-name input")
    title.fill(name)
    title.press("Enter")
    page.locator(".st-key-train-go button").click()
    page.wait_for_url(re.compile(r"[?&]run=\w+"))
    found = re.search(r"[?&]run=(\w+)", page.url)
    assert found
    return found[1]


def _state(server: Any, run_id: str) -> str:
    with sqlite3.connect(f"file:{server.home / 'anomalens.db'}?mode=ro", uri=True) as db:
        return str(db.execute("SELECT state FROM runs WHERE id = ?", (run_id,)).fetchone()[0])


def _wait_until_it_trains(page: Any) -> str:
    """Wait until a long run's epochs are seen to pass; what is said of the last one."""
    said = page.get_by_text(re.compile(r"Epoch \d+ of 10,000 · [\d,]+ rows/s"))
    expect(said).to_be_visible()
    return str(said.inner_text())


def test_a_run_is_seen_live_paused_resumed_and_stopped_and_another_browser_sees_it(server, dataset, page, browser):
    run_id = _start(page, server, dataset, LONG, "Long one")
    expect(page.locator(".st-key-live_header")).to_contain_text("Long one")
    _wait_until_it_trains(page)
    page.get_by_role("button", name="Pause", exact=True).click()
    expect(page.get_by_role("button", name="Resume", exact=True)).to_be_enabled()
    assert _state(server, run_id) == "paused"
    other = browser.new_context().new_page()
    other.goto(page.url)
    expect(other.locator(".st-key-live_header")).to_contain_text("Paused")
    other.get_by_role("button", name="Resume", exact=True).click()
    _wait_until_it_trains(page)
    page.get_by_role("button", name="Stop and keep the best").click()
    expect(page.locator(".st-key-live_headline")).to_contain_text("AUROC")
    expect(other.locator(".st-key-live_headline")).to_contain_text("AUROC")
    assert _state(server, run_id) == "stopped"
    other.context.close()


def test_a_run_trains_to_its_end_and_an_idle_page_is_quiet(server, dataset, page):
    run_id = _start(page, server, dataset, 30, "Live one")
    expect(page.locator(".st-key-live_headline")).to_contain_text("AUROC")
    assert _state(server, run_id) == "done"
    expect(page.locator(".st-key-live_loss_box .scatterlayer .trace")).to_have_count(2)
    expect(page.locator(".st-key-live_snapshot_box .scatterlayer .trace")).to_have_count(2)
    # Nothing of the form is left over, and nobody asks the server anything any more.
    assert page.locator(".st-key-train-go").count() == 0
    sent: list[Any] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(frame)))
    page.reload()
    expect(page.locator(".st-key-live_headline")).to_contain_text("AUROC")
    settle(page)
    _wait_until_quiet(page, sent)


def _wait_until_quiet(page: Any, sent: list[Any]) -> None:
    """Wait until a page sends nothing for longer than a live one would keep still."""
    for _ in range(10):
        before = len(sent)
        page.wait_for_timeout(3500)
        if len(sent) == before:
            return
    pytest.fail("The page went on asking.")


def test_a_clone_carries_the_recipe_into_the_form(server, dataset, page):
    run_id = _start(page, server, dataset, 7, "To be cloned")
    expect(page.locator(".st-key-live_headline")).to_contain_text("AUROC")
    page.get_by_role("button", name="Clone and change").click()
    page.get_by_role("tab", name="Training", exact=True).click()
    expect(page.locator("[class*='st-key-train-form-training-epochs'] input")).to_have_value("7")
    assert run_id not in page.url


def test_the_form_says_what_is_wrong_before_anything_is_trained(server, dataset, page):
    page.goto(f"{server.url}/train?dataset={dataset}&preset=Tabular")
    widths = page.locator("[class*='st-key-train-form-model-dense-hidden_dims'] input")
    widths.fill("64, many")
    widths.press("Enter")
    expect(page.locator(".st-key-launch")).to_contain_text("Hidden layers must be whole numbers")
    expect(page.locator(".st-key-train-go button")).to_be_disabled()
    page.locator(".st-key-train-reset button").click()
    expect(page.locator(".st-key-train-go button")).to_be_enabled()
    expect(widths).to_have_value("128, 64")


def test_presets_can_be_chosen_with_the_keyboard(server, dataset, page):
    page.goto(f"{server.url}/train?dataset={dataset}")
    first = page.locator(".st-key-preset_cards input[type='radio']").first
    first.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_url(re.compile(r"preset=Tabular"))
    expect(page.locator(".st-key-preset_cards [data-selected]").first).to_contain_text("Tabular")


def test_live_figures_do_not_move_the_page(server, dataset, page):
    _start(page, server, dataset, LONG, "Steady")
    box = page.locator(".st-key-live_loss_box")
    places, seen = set(), {_wait_until_it_trains(page)}
    while len(seen) < 4:
        found = box.bounding_box()
        places.add((found["x"], found["y"], found["height"]))
        seen.add(_wait_until_it_trains(page))
        draw(page)
    assert len(places) == 1
    page.get_by_role("button", name="Cancel", exact=True).click()
    expect(page.locator(".st-key-live_header")).to_contain_text("Cancelled")
