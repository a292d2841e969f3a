"""Triage with keys alone: two browsers at once, and keys faster than any page; nothing is lost or mixed up."""

from typing import Any

import numpy as np
import pytest
from run_fixture import write_run

from core.triage.current_verdicts import CurrentVerdicts

from .conftest import PATIENCE

pytestmark = pytest.mark.browser


def heading(page: Any) -> int:
    return int(page.locator("h3").first.inner_text().removeprefix("Row ").replace(",", ""))


def press(page: Any, key: str) -> int:
    """Press a key; the row that follows."""
    before = page.locator("h3").first.inner_text()
    page.keyboard.press(key)
    page.wait_for_function("old => document.querySelector('h3').innerText !== old", arg=before)
    page.locator(".triage:not([data-busy])").wait_for()
    return heading(page)


def arrive(page: Any, url: str, name: str) -> None:
    page.goto(url)
    page.locator(".triage[data-ready]").wait_for()
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()
    # A verdict is nobody's before there is a name: it asks, and the question can be left.
    page.keyboard.press("a")
    page.get_by_text("Who says that it is an anomaly?").wait_for()
    page.keyboard.press("Escape")
    page.get_by_label("Your name").fill(name)
    page.keyboard.press("Enter")
    page.get_by_text(f"as {name}").wait_for()
    page.locator(".triage:not([data-busy])").wait_for()


def test_two_browsers_judge_at_once_and_lose_nothing(page, browser, server):
    expect = pytest.importorskip("playwright.sync_api").expect
    space = server.workspace
    run = write_run(space, 500, name="Two of us")
    order = [int(row) for row in np.lexsort((np.arange(500), -run.scores)) if run.parts[row] == "test"]
    url = f"{server.url}/triage?run={run.run_id}&order=score"
    arrive(page, url, "Ada")
    context = browser.new_context(viewport={"width": 1440, "height": 900}, permissions=[])
    other = context.new_page()
    other.set_default_timeout(PATIENCE)
    arrive(other, url, "Bob")
    # Nobody is shown a row that is before the other's eyes.
    assert (heading(page), heading(other)) == (order[0], order[1])

    judged: dict[str, list[int]] = {"Ada": [], "Bob": []}
    for key in "an":
        for name, at in (("Ada", page), ("Bob", other)):
            judged[name].append(heading(at))
            assert press(at, key) not in judged["Ada"] + judged["Bob"]
    assert len(set(judged["Ada"] + judged["Bob"])) == 4

    # Ada disagrees with Bob about his first row, with a comment, and takes that back again.
    page.goto(f"{url}&row={judged['Bob'][0]}")
    page.get_by_text("Bob said an anomaly").wait_for()
    page.locator(".triage[data-ready]").wait_for()
    page.get_by_text("as Ada").wait_for()  # the name is kept by the browser
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()
    page.locator(".triage:not([data-busy])").wait_for()
    page.keyboard.press("/")
    page.keyboard.type("a normal backup")  # none of these letters is taken for a key
    page.keyboard.press("Escape")
    press(page, "n")
    expect(page.locator("[data-part=said]")).to_contain_text("Bob said anomaly, you say normal")
    log = space.store.verdict_log(run.dataset_id)
    row = CurrentVerdicts.of(log).rows[judged["Bob"][0]]
    assert (row.entry.author, row.entry.comment, row.others[0].author) == ("Ada", "a normal backup", "Bob")
    # The other browser hears of it by itself.
    other.get_by_text("People see 1 row differently").wait_for()
    press(page, "z")
    other.get_by_text("People see 1 row differently").wait_for(state="detached")

    log = space.store.verdict_log(run.dataset_id)
    assert [sum(entry.author == name for entry in log) for name in ("Ada", "Bob")] == [4, 2]
    current_verdicts = CurrentVerdicts.of(log)
    for name, rows in judged.items():
        assert [current_verdicts.rows[row].entry.verdict for row in rows] == ["anomaly", "normal"]
        assert {current_verdicts.rows[row].entry.author for row in rows} == {name}
    assert {entry.shown_by for entry in log if entry.id <= 4} == {"score"}
    context.close()


def test_thirty_keys_ten_a_second_are_thirty_verdicts_on_thirty_rows(page, server):
    space = server.workspace
    run = write_run(space, 500, name="In a hurry", seed=3)
    order = [int(row) for row in np.lexsort((np.arange(500), -run.scores)) if run.parts[row] == "test"]
    arrive(page, f"{server.url}/triage?run={run.run_id}&order=score", "Ada")
    assert heading(page) == order[0]
    keys = list(np.random.default_rng(1).choice(list("anu"), 30))
    for key in keys:
        page.keyboard.press(key)
        page.wait_for_timeout(100)
    page.locator(".triage:not([data-busy])").wait_for()
    verdicts = {"a": "anomaly", "n": "normal", "u": "unsure"}
    log = space.store.verdict_log(run.dataset_id)
    assert [(entry.row, entry.verdict) for entry in log] == [
        (row, verdicts[key]) for row, key in zip(order, keys, strict=False)
    ]
    page.wait_for_function("row => document.querySelector('h3').innerText === row", arg=f"Row {order[30]:,}")
    # A step back and an undo among them lead where they would one by one.
    for key in "akznnj":
        page.keyboard.press(key)
    page.locator(".triage:not([data-busy])").wait_for()
    page.wait_for_function("row => document.querySelector('h3').innerText === row", arg=f"Row {order[33]:,}")
    log = space.store.verdict_log(run.dataset_id)
    rows = CurrentVerdicts.of(log).rows
    assert {row: one.entry.verdict for row, one in rows.items() if row in order[30:]} == {
        order[30]: "normal",
        order[31]: "normal",
    }
