"""The Data page in a real browser: upload, refusal, schema, pictures, keyboard, and what the server does not hold."""

import re
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from .conftest import Server, settle, start_server, watch

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small labelled table with every kind of column."""
    rng = np.random.default_rng(0)
    odd = rng.random(400) < 0.1
    frame = pd.DataFrame(
        {
            "speed": rng.normal(size=400).round(3) + 4 * odd,
            "load": rng.gamma(2, size=400).round(3),
            "kind": rng.choice(["a", "b"], 400),
            "label": np.where(odd, "broken", "normal"),
        }
    )
    path = tmp_path_factory.mktemp("table") / "machines.csv"
    frame.to_csv(path, index=False)
    return path


@pytest.fixture(scope="module")
def machines(server: Server, table: Path) -> str:
    """The address of that table as a dataset, read once."""

    from core.readers.ingest import ingest

    space = server.workspace
    return f"{server.url}/data?dataset={ingest(space.store, space.artifacts, table, name='machines.csv').id}"


def upload(page: Any, server: Server, file: Path) -> None:
    page.goto(f"{server.url}/data?view=new")
    page.set_input_files('input[type="file"]', str(file))


def uploaded(page: Any, server: Server, file: Path) -> str:
    """Upload a file and wait for its dataset; the dataset's address."""
    upload(page, server, file)
    page.wait_for_url(re.compile("dataset="))
    page.get_by_role("button", name="Train on this data").wait_for()
    settle(page)
    return page.url


def open_dataset(page: Any, address: str) -> None:
    page.goto(address)
    page.get_by_role("button", name="Train on this data").wait_for()
    settle(page)


def metric(page: Any, label: str) -> str:
    cards = page.locator("[data-testid=stMetric]").filter(has=page.get_by_text(label, exact=True))
    return str(cards.first.locator("[data-testid=stMetricValue]").inner_text()).strip()


def choose(page: Any, tab: str) -> None:
    page.get_by_role("radio", name=tab).click()
    settle(page)


def test_an_uploaded_file_is_read_and_can_be_trained_on(page, server, table):
    uploaded(page, server, table)
    assert metric(page, "Rows") == "400"
    assert metric(page, "Features") == "3 of 4 columns"
    assert metric(page, "Anomalies") == "42 (10.5 %)"
    for tab in ("Label", "Profile", "Split", "How it was read", "Columns"):
        choose(page, tab)
    page.get_by_role("button", name="Train on this data").click()
    page.wait_for_url(re.compile(r"/train\?dataset="))
    page.get_by_role("heading", level=1, name="Train", exact=True).wait_for()


def test_the_address_opens_the_same_view_in_another_browser(page, browser, machines):
    open_dataset(page, machines)
    choose(page, "Split")
    page.wait_for_url(re.compile("tab=split"))
    context = browser.new_context()
    other = context.new_page()
    problems = watch(other)
    other.goto(page.url)
    other.get_by_text("Rows by part").first.wait_for()
    assert not problems
    context.close()


def test_a_file_that_is_too_large_is_refused_before_it_is_sent(browser, tmp_path):
    big = tmp_path / "big.csv"
    big.write_bytes(b"a,b\n" + b"1,2\n" * 400_000)
    with start_server(tmp_path / "home", tmp_path / "log", ANOMALENS_UPLOAD_LIMIT_MB="1") as small:
        context = browser.new_context()
        page = context.new_page()
        page.goto(small.url)
        page.get_by_text("Up to 1 MB.").wait_for()
        page.set_input_files('input[type="file"]', str(big))
        page.get_by_text("this server accepts 1 MB").wait_for()
        good = tmp_path / "good.csv"
        good.write_bytes(b"a,b\n" + b"1.5,2\n" * 200)
        page.set_input_files('input[type="file"]', str(good))
        page.get_by_role("button", name="Train on this data").wait_for()
        context.close()


def test_a_file_that_is_no_table_is_told_and_nothing_is_lost(page, server, machines, tmp_path):
    open_dataset(page, machines)
    picture = tmp_path / "picture.png"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(500))
    upload(page, server, picture)
    page.get_by_text("Set how it is read, and try again").wait_for()
    assert page.locator("[data-testid=stAlert]").count() >= 1
    open_dataset(page, machines)


def test_a_second_file_is_read_beside_the_first(page, server, table):
    page.goto(f"{server.url}/data?view=new")
    page.get_by_text("I have a second file").click()
    page.get_by_text("Drop the second file here").wait_for()
    page.set_input_files('.st-key-upload_second input[type="file"]', str(table))
    page.set_input_files('.st-key-upload_main input[type="file"]', str(table))
    page.get_by_role("button", name="Read both files").click()
    page.get_by_role("button", name="Train on this data").wait_for()
    settle(page)
    assert metric(page, "Rows") == "800"
    choose(page, "Split")
    assert page.get_by_role("radio", name="The second file").is_checked()


def test_a_role_is_changed_in_the_table(page, machines):
    open_dataset(page, machines)
    assert metric(page, "Features") == "3 of 4 columns"
    cells = page.locator("[data-testid=stDataFrame] canvas").first
    cells.wait_for()
    # The editor is a canvas: the role of the first column is the second cell of the first row.
    cells.dblclick(position={"x": 225, "y": 52}, force=True)
    page.locator("#portal input").wait_for()
    page.keyboard.type("ignored")
    page.locator("#portal").get_by_text("ignored", exact=True).last.wait_for()
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.body.innerText.includes('2 of 4 columns')")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_figure_is_downloaded_as_png_and_svg_at_twice_its_size(browser, server, machines, tmp_path, scheme):
    context = browser.new_context(viewport={"width": 1440, "height": 900}, color_scheme=scheme)
    page = context.new_page()
    problems = watch(page)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    open_dataset(page, f"{machines}&tab=profile&column=speed")
    figure = page.locator(".st-key-figure_column_values")
    figure.locator(".main-svg").first.wait_for()
    # The page names the dataset once, above all figures; a picture goes elsewhere.
    assert "machines" not in figure.inner_text()
    width = figure.locator(".js-plotly-plot").evaluate("graph => graph._fullLayout.width")
    files = {kind: _download(page, figure, kind, tmp_path) for kind in ("PNG", "SVG")}
    assert [path.name for path in files.values()] == ["anomalens-speed-machines.png", "anomalens-speed-machines.svg"]
    assert abs(_png_width(files["PNG"]) - 2 * width) <= 2
    svg = ET.fromstring(files["SVG"].read_text(encoding="utf-8"))
    assert abs(float(svg.attrib["width"]) - 2 * width) <= 2
    words = " ".join(svg.itertext())
    assert "speed" in words
    assert "machines" in words
    assert not [url for url in asked if not url.startswith((server.url, "data:", "blob:"))]
    assert not problems
    context.close()


def test_the_page_is_reached_by_keyboard_alone(page, server):
    page.goto(f"{server.url}/data?view=new")
    page.get_by_text("Or try a sample").wait_for()
    settle(page)
    page.get_by_role("link", name="Runs").wait_for()
    reached = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        reached.add(page.evaluate(_FOCUSED))
    assert {"Data", "Train", "Explore", "Runs", "file"} <= reached
    assert any("Use it" in what for what in reached)


def test_the_server_holds_no_torch(page, server):
    for name in ("data", "train", "explore", "runs"):
        page.goto(f"{server.url}/{name}")
        page.get_by_role("heading", level=1).wait_for()
        settle(page)
    assert "torch" not in Path(f"/proc/{server.pid}/maps").read_text(encoding="utf-8")


_FOCUSED = """() => {
  let element = document.activeElement
  while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement
  return element?.type === "file" ? "file" : (element?.innerText || "").split("\\n").pop().trim()
}"""


def _download(page: Any, figure: Any, kind: str, folder: Path) -> Path:
    with page.expect_download() as download:
        figure.get_by_role("button", name=kind, exact=True).click()
    path = folder / str(download.value.suggested_filename)
    download.value.save_as(path)
    return path


def _png_width(path: Path) -> int:
    return int.from_bytes(path.read_bytes()[16:20], "big")
