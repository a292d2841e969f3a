"""Names, tags, notes and columns that would be links, pictures, icons or scripts: on every page they are text."""

import re
from dataclasses import asdict
from typing import Any
from urllib.parse import quote

import pytest
from run_fixture import WrittenRun, write_run

from core.search.plan import SearchPlan

from .conftest import Server, settle

pytestmark = pytest.mark.browser

WORDS = (
    "[click](https://hostile.example/a) ![p](https://hostile.example/p.png) <img src=x onerror=window.hit=1> "
    "https://hostile.example/b www.hostile.example me@hostile.example <script>window.hit=1</script> "
    ":material/delete: :red[red] $x^2$ # **bold**"
)
"""What people may write, and what a file or its columns may be called."""


@pytest.fixture(scope="module")
def run(server: Server) -> WrittenRun:
    """A finished run in which everything that somebody may name has such words."""
    space = server.workspace
    written = write_run(space, 300, name=WORDS)
    run = space.store.update_run(written.run_id, notes=WORDS, tags=(WORDS, "[t](https://hostile.example)"))
    dataset = space.store.dataset(written.dataset_id)
    schema = {**dataset.schema, "label_reason": WORDS}
    space.store.update_dataset(dataset.id, name=WORDS, source=WORDS, schema=schema, report={"recognised": WORDS})
    space.artifacts.write_json(f"runs/{run.id}/slices.json", {WORDS[:80]: {}})
    space.store.set_state(run.id, "done", WORDS)
    search = space.store.create_search(dataset.id, asdict(SearchPlan()), WORDS)
    space.store.move_search(search.id, "stopped", WORDS, sources=("running",))
    return written


def addresses(run: WrittenRun) -> list[str]:
    """Every page with the run, and addresses that hold such words."""
    id, dataset, words = run.run_id, run.dataset_id, quote(WORDS)
    return [
        f"?page={words}",
        f"data?dataset={dataset}",
        f"train?dataset={dataset}",
        f"train?run={id}",
        f"train?run={words}",
        f"search?dataset={dataset}",
        f"explore?run={id}&where={words}&row=3",
        f"triage?run={id}",
        f"thresholds?run={id}&rule={words}",
        f"compare?run={id}&against={words}",
        f"runs?run={id}",
        f"help?topic={words}",
    ]


def test_no_page_makes_a_link_a_picture_or_a_script_of_users_words(page: Any, server: Server, run: WrittenRun) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    shown = 0
    for address in addresses(run):
        page.goto(f"{server.url}/{address}")
        settle(page)
        for label in page.locator("summary").all():
            label.click()
        settle(page)
        for kind, name in (("a", "href"), ("img", "src")):
            made = [element.get_attribute(name) or "" for element in page.locator(kind).all()]
            outside = [value for value in made if re.match(r"(https?:)?//(?!localhost)|mailto:|x$", value)]
            assert outside == [], address
        assert page.evaluate("window.hit") is None, address
        # The names of buttons may have icons of ours; none is followed by these words.
        for icon in page.locator("[data-testid=stMarkdownContainer] [aria-label='delete icon']").all():
            assert "hostile" not in icon.locator("xpath=ancestor::*[@data-testid='stMarkdownContainer']").inner_text()
        body = page.locator("body").inner_text()
        shown += "hostile.example/a" in body.replace("\u2060", "")
    assert shown > len(addresses(run)) / 2, "the words were hardly shown at all"
    assert [url for url in asked if "hostile.example" in url and not url.startswith(server.url)] == []


def test_the_picture_card_of_a_run_is_text_in_a_browser(page: Any, server: Server, run: WrittenRun) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    drawn = page.request.get(f"{server.url}/exports/card.svg?run={run.run_id}")
    assert drawn.status == 200
    page.set_content(drawn.text())
    assert "hostile.example" in page.locator("svg").first.inner_html()
    assert page.locator("svg :is(a, image, script, foreignObject)").count() == 0
    assert page.evaluate("window.hit") is None
    assert [url for url in asked if "hostile.example" in url and not url.startswith(server.url)] == []
