"""Every page under axe, in light and dark: nothing serious for people who see little or use no mouse."""

from pathlib import Path
from typing import Any

import pytest
from run_fixture import write_run

pytestmark = pytest.mark.browser
PAGES = sorted(file.stem for file in (Path(__file__).parents[2] / "pages").glob("*.py") if file.stem != "__init__")


LOOKS = 60


def grave_problems(found: list[dict[str, Any]]) -> list[str]:
    """What axe calls serious or critical, a line for each place."""
    return [
        f"{problem['id']} ({problem['help']}): {node['target']} {node['html'][:200]}"
        for problem in found
        if problem["impact"] in ("serious", "critical")
        for node in problem["nodes"]
    ]


def grave_after_a_while(axe: Any, page: Any) -> list[str]:
    """What has just appeared fades in, and half-way there nothing has enough contrast: what it settles to counts."""
    grave: list[str] = []
    for _ in range(LOOKS):
        grave = grave_problems(axe.Axe().run(page).response["violations"])
        if not grave:
            break
        page.wait_for_timeout(200)
    return grave


@pytest.fixture(scope="module")
def query(server: Any) -> str:
    """What makes each page show something: a dataset, a finished run and one of its rows."""
    space = server.workspace
    run = write_run(space, 500, name="Planted").run_id
    return f"dataset={space.store.run(run).dataset_id}&run={run}&row=3"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["", *PAGES])
def test_axe_finds_nothing_serious(browser: Any, server: Any, query: str, name: str, scheme: str):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")
    context = browser.new_context(viewport={"width": 1440, "height": 900}, color_scheme=scheme)
    page = context.new_page()
    # Train with a run shows the run; the form is what has to be read there.
    said = query if name != "train" else query.split("&")[0]
    page.goto(f"{server.url}/{name}?{said}" if name else server.url)
    page.locator("h1").first.wait_for()
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()
    grave = grave_after_a_while(axe, page)
    if name == "explore":
        # What opens above a page hangs on the body and has the theme from nobody.
        page.get_by_role("button", name="Share").first.click()
        page.locator("[role=dialog] [data-testid*='-primary']").first.wait_for()
        grave += grave_after_a_while(axe, page)
    context.close()
    assert not grave, "\n".join(grave)
