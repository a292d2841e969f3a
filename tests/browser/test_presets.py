"""Presets chosen from their cards and trained live on real data, as a new user would."""

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from core.readers.ingest import ingest

from .conftest import Server

pytestmark = [pytest.mark.browser, pytest.mark.data]
FILES = ("cardio.csv", "nsl_kdd_train_20percent.csv")
WALKS = (
    ("cardio.csv", "First choices", "Denoising"),
    ("cardio.csv", "Dense", "Residual"),
    ("cardio.csv", "Sparse", "Sparse VAE"),
    ("nsl_kdd_train_20percent.csv", "First choices", "Denoising"),
)


@pytest.fixture(scope="module")
def datasets(server: Server, shared_data: Path) -> dict[str, str]:
    """The ids of both files in the server's own home."""
    space = server.workspace
    return {name: ingest(space.store, space.artifacts, shared_data / "tabular" / name, name=name).id for name in FILES}


@pytest.mark.parametrize(("file", "family", "preset"), WALKS)
def test_a_preset_is_picked_and_trained(
    page: Any, server: Server, datasets: dict[str, str], file: str, family: str, preset: str
):
    page.goto(f"{server.url}/train?dataset={datasets[file]}")
    if family != "First choices":  # that is what is shown first
        page.locator(".st-key-train-preset_family").get_by_text(family, exact=True).click()
    page.locator(".st-key-preset_cards label").filter(has=page.get_by_text(preset, exact=True)).click()
    page.wait_for_url(re.compile(f"preset={preset.replace(' ', '(%20|[+])')}"))
    page.locator(".st-key-train-go button").click()
    page.wait_for_url(re.compile(r"[?&]run="))
    headline = page.locator(".st-key-live_headline")
    expect(headline).to_contain_text("AUROC", timeout=180_000)
    metric = headline.locator("[data-testid=stMetric]").filter(has=page.get_by_text("AUROC", exact=True)).first
    assert float(metric.locator("[data-testid=stMetricValue]").inner_text()) > 0.8
