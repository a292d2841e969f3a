"""The Runs page as a script: the table, one run, two runs, and what people write about them."""

from dataclasses import replace
from pathlib import Path

import pytest
from run_fixture import write_run
from streamlit.testing.v1 import AppTest

from core import catalogue
from core.presets import PRESETS
from core.recipe import Recipe, TrainingConfig
from core.store.workspace import Workspace, open_workspace
from dashboard.charts.compare_loss import compare_loss_figure
from dashboard.runs import runs_table, settings_table
from dashboard.sidebar import runs_list

MAIN = Path(__file__).resolve().parents[1] / "dashboard" / "main.py"
NASTY = "*a* <script>alert(1)</script>"


@pytest.fixture
def workspace(tmp_path, monkeypatch) -> Workspace:
    import streamlit as st

    monkeypatch.setenv("ANOMALENS_HOME", str(tmp_path))
    st.cache_resource.clear()
    return open_workspace()


@pytest.fixture
def two(workspace) -> tuple[str, str]:
    """Two finished runs with scores, the second named so that it would break a page that trusts names."""
    return (
        write_run(workspace, 300, explained=5, name="First").run_id,
        write_run(workspace, 300, explained=5, name=NASTY, seed=1).run_id,
    )


def page(**query: str) -> AppTest:
    """The Runs page at an address."""
    at = AppTest.from_file(str(MAIN), default_timeout=240).run()
    at.switch_page("../pages/runs.py")
    for name, value in query.items():
        at.query_params[name] = value
    at.run()
    assert not at.exception, at.exception
    return at


def said(at: AppTest) -> str:
    kinds = (at.markdown, at.caption, at.info, at.warning, at.error, at.text)
    return " ".join(str(e.value) for kind in kinds for e in kind)


def test_an_empty_session_is_invited(workspace):
    at = page()
    assert "No runs yet" in said(at)
    assert [b.label for b in at.button if b.label == "Choose data"]


def test_every_run_is_in_the_table_with_its_numbers(workspace, two):
    at = page()
    table = at.dataframe[0].value
    assert set(table["Name"]) == {"First", NASTY}
    result = workspace.store.run(two[0]).result
    row = table[table["Name"] == "First"].iloc[0]
    assert row["AUROC"] == pytest.approx(result["auroc"])
    assert row["Flagged"] == result["flagged"]
    assert row["State"] == "Done"
    assert "2 runs" in said(at)


def test_search_finds_words_anywhere_in_what_is_written(workspace, two):
    run = workspace.store.update_run(two[0], notes="Night shift only", tags=("baseline",))
    assert runs_table.matches(run, "night BASELINE")
    assert runs_table.matches(run, "")
    assert not runs_table.matches(run, "night other")
    at = page(find="baseline")
    assert list(at.dataframe[0].value["Name"]) == ["First"]
    assert "1 run of 2" in said(at)


def test_the_address_opens_a_run_in_full(workspace, two):
    at = page(run=two[0])
    assert {m.label for m in at.metric} >= {"AUROC", "Average precision", "Flagged", "Threshold", "Took"}
    settings = at.dataframe[1].value
    assert "Learning rate" in set(settings["Setting"])
    assert at.text_input(key=f"details.name.{two[0]}").value == "First"


def test_name_tags_and_notes_are_kept(workspace, two):
    at = page(run=two[0])
    at.text_input(key=f"details.name.{two[0]}").set_value("Better name")
    at.text_area(key=f"details.notes.{two[0]}").set_value("Worked well").run()
    run = workspace.store.run(two[0])
    assert (run.name, run.notes) == ("Better name", "Worked well")
    at.text_input(key=f"details.name.{two[0]}").set_value("  ").run()
    assert workspace.store.run(two[0]).name == "Better name"


def test_two_runs_stand_side_by_side(workspace, two):
    at = page(run=two[0], compare=two[1])
    table = at.dataframe[1].value
    assert list(table.columns[3:]) == ["First", NASTY]
    auroc = table[table["Setting"] == "AUROC"].iloc[0]
    assert auroc[" "] == "≠"
    assert "All settings are the same" in said(at)
    assert "<script>" not in said(at)
    at.button(key="compare.swap").click().run()
    assert (at.query_params["run"], at.query_params["compare"]) == (two[1], two[0])


def test_a_run_is_deleted_with_its_files_after_it_was_confirmed(workspace, two):
    at = page(run=two[0])
    assert workspace.artifacts.list(f"runs/{two[0]}")
    at.button(key="details.delete_sure").click().run()
    assert not at.exception, at.exception
    assert [run.id for run in workspace.store.runs()] == [two[1]]
    assert not workspace.artifacts.list(f"runs/{two[0]}")
    assert "run" not in at.query_params


def test_an_unknown_run_in_the_address_is_said_to_be_gone(workspace, two):
    at = page(run="nothing")
    assert "names a run that is not here" in said(at)
    assert "run" not in at.query_params


def test_settings_that_differ_are_found_and_those_without_effect_are_left_out(workspace, two):
    store, models = workspace.store, catalogue.models()
    dataset_id = store.run(two[0]).dataset_id
    recipe = PRESETS["Tabular"].recipe
    a = store.create_run(dataset_id, recipe)
    b = store.create_run(dataset_id, replace(recipe, training=TrainingConfig(epochs=7, schedule="cosine")))
    rows = settings_table.side_by_side(*(settings_table.settings_rows(run, models) for run in (a, b)))
    differing = {(label, x, y) for _, label, x, y in rows if x != y}
    assert differing == {("Epochs", "100", "7"), ("Schedule", "None", "Cosine")}
    assert "Gamma" not in {label for _, label, _, _ in rows}


def test_a_setting_that_another_overrules_is_left_out(workspace, two):
    run = workspace.store.create_run(workspace.store.run(two[0]).dataset_id, PRESETS["Recommended"].recipe)
    labels = {label for _, label, _ in settings_table.settings_rows(run, catalogue.models())}
    assert "Training steps" in labels
    assert "Epochs" not in labels


def test_a_run_of_a_model_that_is_gone_still_shows_its_settings(workspace, two):
    recipe = Recipe(model="long gone", model_settings={"size": [3, 4]})
    run = workspace.store.create_run(workspace.store.run(two[0]).dataset_id, recipe)
    assert ("Network", "size", "3, 4") in settings_table.settings_rows(run, catalogue.models())
    page(run=run.id)


def test_the_runs_at_hand_are_the_active_ones_and_then_the_newest(workspace, two):
    store = workspace.store
    dataset_id = store.run(two[0]).dataset_id
    active = store.create_run(dataset_id, Recipe(), "Waiting")
    for i in range(8):
        store.set_state(store.create_run(dataset_id, Recipe(), f"Old {i}").id, "cancelled")
    listed = runs_list.newest()
    assert len(listed) == runs_list.MOST
    assert listed[0].id == active.id
    assert [run.name for run in listed[1:]] == ["Old 7", "Old 6", "Old 5", "Old 4", "Old 3"]


def test_compared_losses_are_told_apart_by_colour():
    records = [{"epoch": e, "epochs": 2, "train": {"loss": 1 / e}, "validation": {"loss": 2 / e}} for e in (1, 2)]
    figure = compare_loss_figure([("a", records), ("<b>", records)])
    assert len({t.line.color for t in figure.data}) == 2
    assert [t.name for t in figure.data if t.showlegend] == ["a", "&lt;b&gt;"]
