"""The Explore page says why: the row inspector, the families and their way through the address, hostile names."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from derived_helpers import asked_and_done, derived
from inline_engine import InlineEngine
from run_fixture import HOSTILE
from run_fixture import write_run as write_planted
from streamlit.testing.v1 import AppTest
from synced_widgets import widget_named
from test_explore_page import metrics, page, said
from test_rescoring import write_run
from waiting import until

from core.errors import DataError
from core.jobs import row_questions as worker
from core.jobs.derived import request
from core.jobs.derived.families import DerivedFamilies
from core.jobs.derived.status import write_progress
from core.metrics.groups import PARTS
from core.results.finished_run import FinishedRun
from core.store.workspace import Workspace, open_workspace
from dashboard.charts.contributions_heatmap import FEATURES, LEAST, ROWS, chosen_rows, contributions_heatmap
from dashboard.explore import explaining, shared_run
from dashboard.format import plain


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("why")


@pytest.fixture(scope="module")
def run_id(home: Path) -> str:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ANOMALENS_HOME", str(home))
        return write_run(open_workspace())


@pytest.fixture
def space(home: Path, run_id: str, inline_engine: type[InlineEngine], monkeypatch: pytest.MonkeyPatch) -> Workspace:
    import streamlit as st

    monkeypatch.setenv("ANOMALENS_HOME", str(home))
    st.cache_resource.clear()
    return open_workspace()


def html(at: AppTest) -> str:
    return " ".join(element.proto.body for element in at.get("html"))


def opened(space: Workspace, run_id: str) -> shared_run.SharedRun:
    """The run under its own score, as a page has it."""
    return shared_run.open_run(space.store.run(run_id), "")


def judged(space: Workspace, run_id: str) -> tuple[str, ...]:
    return ("test",) if (space.store.run(run_id).result or {})["judged"] == "test" else PARTS


def test_inspector_tells_the_story_of_a_row(space: Workspace, run_id: str) -> None:
    explanation = worker.explain_row(run_id, 3, space.settings)
    at = page(run=run_id, row="3")
    assert explanation.sentence in html(at)
    assert "p-value" in metrics(at)
    assert "the nearest normal row" in said(at)
    other = page(run=run_id, row="3", why="gradients")
    assert worker.explain_row(run_id, 3, space.settings, method="gradients").sentence in html(other)
    assert page(run=run_id, row="3", why="tea-leaves").get("html")


def test_names_of_columns_stay_text(space: Workspace, run_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    explanation = worker.explain_row(run_id, 3, space.settings)
    hostile = replace(explanation.reasons[0], feature=HOSTILE, actual=HOSTILE, phrase=HOSTILE)
    steps = (replace(explanation.steps[0], feature=HOSTILE), *explanation.steps[1:])
    spoilt = replace(explanation, sentence=HOSTILE, reasons=(hostile, *explanation.reasons[1:]), steps=steps)
    monkeypatch.setattr(explaining, "explanation", lambda *asked: spoilt)
    at = page(run=run_id, row="3")
    assert "&lt;img src=x" in html(at)
    assert "<img src=x" not in html(at)
    assert not any("<img" in caption.value.replace("\\<", "") for caption in at.caption)


def test_the_table_names_the_columns_that_the_inspector_names(space: Workspace, run_id: str) -> None:
    from dashboard.explore import reasons

    at = page(run=run_id)
    rows = [int(row) for row in at.dataframe[0].value["row"]]
    until(
        lambda: (told := reasons.of(opened(space, run_id), rows)) is None or not told.waiting, "the worker had answered"
    )
    shown = page(run=run_id).dataframe[0].value
    for row, because in zip(rows[:5], shown["because"], strict=False):
        first = [r for r in worker.explain_row(run_id, row, space.settings).reasons[:2] if r.contribution >= 0.05]
        assert because == ", ".join(f"{r.feature} {r.contribution:.0%}" for r in first)


def test_a_worker_that_cannot_tell_the_columns_leaves_what_the_run_stored(
    space: Workspace, run_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dashboard.explore import reasons

    def broken(*arguments: object, **options: object) -> None:
        raise MemoryError("out of memory")

    monkeypatch.setattr(InlineEngine, "call", broken)
    until(lambda: reasons.of(opened(space, run_id), [3, 4]) is None, "the worker had failed")
    at = page(run=run_id)
    assert not at.exception
    assert "…" not in list(at.dataframe[0].value["because"])


def test_run_without_networks_shows_what_it_stored(space: Workspace) -> None:
    planted = write_planted(space, 300)
    row = int(planted.scores.argmax())
    at = page(run=planted.run_id, row=str(row))
    assert "kept no networks" in said(at)
    assert "Actual against expected" in said(at)


def test_row_that_a_worker_cannot_explain_is_said_in_a_sentence(
    space: Workspace, run_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*arguments: object, **options: object) -> None:
        raise MemoryError("out of memory")

    monkeypatch.setattr(InlineEngine, "call", broken)
    with pytest.raises(DataError, match="could not be explained: out of memory"):
        explaining.explanation(opened(space, run_id), 3)
    at = page(run=run_id, row="3")
    assert "could not be explained" in said(at)
    assert not at.exception


def test_way_of_explaining_that_fails_is_said_beside_the_switch_and_the_first_one_stands_in(
    space: Workspace, run_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = InlineEngine.call

    def broken(engine: InlineEngine, function: object, *arguments: object, **options: object) -> object:
        if "shapley" in arguments:
            raise MemoryError("out of memory")
        return call(engine, function, *arguments, **options)

    monkeypatch.setattr(InlineEngine, "call", broken)
    at = page(run=run_id, row="3", why="shapley")
    assert worker.explain_row(run_id, 3, space.settings).sentence in html(at)
    assert "Shapley values could not be computed" in said(at)
    assert "out of memory" in said(at)
    assert "Contributions by" in [group.proto.label for group in at.get("button_group")]


def test_families_are_asked_for_once_and_then_shown_with_their_rows(space: Workspace, run_id: str) -> None:
    at = page(run=run_id)
    assert "Group the flagged rows" in [button.label for button in at.button]
    threshold = float((space.store.run(run_id).result or {})["threshold"])
    wanted = DerivedFamilies("", threshold, judged(space, run_id))
    assert asked_and_done(space, run_id, wanted).ready
    found = derived(space, run_id, wanted)
    at = page(run=run_id)
    assert "Group the flagged rows" not in [button.label for button in at.button]
    first = found.families[0]
    assert f"{first.rows:,} row" in said(at)
    assert first.sentence in html(at)
    number = str(first.number)
    rows = found.rows_of(first.number)
    at.button(key=f"explore_family_rows_{number}").click().run()
    assert not at.exception
    address = f"{number}:{threshold:.12g}:test"
    assert at.query_params["family"] in (address, [address])
    assert list(at.dataframe[0].value["row"]) == list(rows[:100])
    assert f"of {len(rows):,} selected rows" in said(at)
    chip = next(button for button in at.button if button.key == "explore_chip_family")
    assert first.reason
    assert chip.label.startswith(plain(first.reason))
    assert f"family **{plain(first.reason)}**" in said(page(run=run_id, row=str(first.typical)))
    assert widget_named(page(run=run_id, family=address).selectbox, "explore_family_filter").value == first.number
    # A family of the rows at one threshold stays what it is wherever the threshold goes.
    elsewhere = page(run=run_id, family=address, rule="value", threshold=repr(threshold + 0.3))
    assert list(elsewhere.dataframe[0].value["row"]) == list(rows[:100])
    assert f"of {len(rows):,} selected rows" in said(page(run=run_id, family=number))
    assert "flagged rows" in said(page(run=run_id, family=f"{number}:99:test"))
    field = next(field for field in at.text_input if field.label == "What it is called")
    field.input("SYN *flood*").run()
    assert explaining.family_names(FinishedRun.open(space, run_id), found) == {first.number: "SYN *flood*"}
    at = page(run=run_id)
    assert "**SYN \\*flood\\***" in said(at)
    at.button(key=f"explore_family_typical_{number}").click().run()
    assert at.query_params["row"] in (str(first.typical), [str(first.typical)])


def test_failure_to_group_is_said_and_tried_again(space: Workspace, run_id: str) -> None:
    threshold = float((space.store.run(run_id).result or {})["threshold"])
    wanted = DerivedFamilies("", threshold + 0.25, judged(space, run_id))
    write_progress(space.artifacts, run_id, wanted, problem="The disk is full.")
    at = page(run=run_id, rule="value", threshold=repr(threshold + 0.25))
    assert f"could not be grouped. {plain('The disk is full.')}" in said(at)
    assert "Try again" in [button.label for button in at.button]


def test_families_under_way_can_be_cancelled_and_asked_for_again(space: Workspace, run_id: str) -> None:
    threshold = float((space.store.run(run_id).result or {})["threshold"]) + 0.3
    wanted = DerivedFamilies("", threshold, judged(space, run_id))
    request.ask(space.artifacts, run_id, wanted)
    write_progress(space.artifacts, run_id, wanted, share=0.4)
    at = page(run=run_id, rule="value", threshold=repr(threshold))
    assert "40% done" in str(at.get("progress")[0].proto.text)
    at.button(key="explore_families_cancel").click().run()
    assert request.is_cancelled(space.artifacts, run_id, wanted)
    at = page(run=run_id, rule="value", threshold=repr(threshold))
    assert "Group the flagged rows" in [button.label for button in at.button]


def test_heat_map_draws_some_rows_of_every_family_and_names_stay_text() -> None:
    rng = np.random.default_rng(0)
    family = np.concatenate([np.full(5_000, 1), np.full(40, 2), np.full(3, 0)])
    places = chosen_rows(family)
    assert len(places) < ROWS + 3 * LEAST
    assert (np.bincount(family[places])[[0, 2]] == [3, LEAST]).all()
    assert (np.diff(np.where(family[places] == 0, 9, family[places])) >= 0).all()
    names = np.array([HOSTILE, *(f"{'long name ' * 9}{i}" for i in range(300))], dtype=object)
    feature = names[np.minimum(rng.integers(0, 301, (len(family), 4)), rng.integers(0, 301, (len(family), 4)))]
    share = rng.dirichlet(np.ones(4), len(family))
    figure = contributions_heatmap(np.arange(len(family)), family, feature, share)
    heat = figure.data[0]
    assert heat.z.shape == (len(places), FEATURES)
    assert "<img" not in figure.to_json()
    assert max(len(tick) for tick in figure.layout.xaxis.ticktext) < 40
    assert list(figure.layout.yaxis.ticktext) == ["Others", "Family 1", "Family 2"]
    nothing = contributions_heatmap(np.arange(2), np.array([1, 1]), np.full((2, 4), ""), np.zeros((2, 4)))
    assert nothing.data[0].z.shape == (2, 0)


def test_several_questions_at_once_get_the_answers_that_they_get_alone(home, run_id):
    """The threads of a worker share the networks of a run."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ANOMALENS_HOME", str(home))
        place = open_workspace().settings
    rows = list(range(12))
    alone = [worker.explain_row(run_id, row, place) for row in rows]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda row: worker.explain_row(run_id, row, place), rows))
    assert [explanation.sentence for explanation in together] == [explanation.sentence for explanation in alone]
    assert [explanation.steps for explanation in together] == [explanation.steps for explanation in alone]
