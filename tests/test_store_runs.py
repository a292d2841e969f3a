from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event

from core.errors import DataError, UnknownNameError
from core.recipe import Recipe
from core.store.records import ACTIVE, ENDED, STATES, Dataset
from core.store.runs import Store

pytest_plugins = ["store_fixtures"]


def test_a_dataset_comes_back_as_it_was_written(store: Store):
    written = store.add_dataset(
        "Pümpe\x00", id="pumps", source="a.csv", rows=3_000_000_000, test_rows=2, columns=4,
        schema={"mean": float("nan"), "top": float("inf"), "text": "\x00ü"}, report={"notes": ["one"]},
    )  # fmt: skip
    found = store.dataset("pumps")
    assert (found.name, found.rows, found.test_rows, found.columns) == ("Pümpe", 3_000_000_000, 2, 4)
    assert found.schema["mean"] != found.schema["mean"]
    assert found.schema["top"] == float("inf")
    assert found.schema["text"] == "\x00ü"
    assert found.created_at == written.created_at
    assert found.created_at.utcoffset() == timedelta(0)


def test_datasets_are_listed_with_the_newest_first_and_can_be_changed(store: Store, dataset: Dataset):
    second = store.add_dataset("Fans", rows=1, columns=1, schema={}, report={})
    assert [d.name for d in store.datasets()] == ["Fans", "Pumps"]
    assert store.update_dataset(second.id, schema={"a": 1}).schema == {"a": 1}


def test_what_is_not_there_is_named_in_a_sentence(store: Store):
    with pytest.raises(UnknownNameError, match="no dataset called 'x'"):
        store.dataset("x")
    with pytest.raises(UnknownNameError, match="no run called 'x'"):
        store.run("x")
    with pytest.raises(UnknownNameError, match="no dataset called 'x'"):
        store.create_run("x", Recipe())
    with pytest.raises(UnknownNameError, match="no run called 'x'"):
        store.update_run("x", name="y")


def test_a_run_begins_queued_with_its_recipe_and_a_name(store: Store, dataset: Dataset):
    recipe = Recipe.from_dict({"model": "vae", "training": {"learning_rate": 0.1 + 0.2}})
    run = store.create_run(dataset.id, recipe)
    assert (run.state, run.dataset_name, run.name, run.attempt) == ("queued", "Pumps", "vae 1", 0)
    assert run.recipe == recipe
    assert run.result is None
    assert abs(datetime.now(UTC) - run.created_at) < timedelta(minutes=5)
    assert store.create_run(dataset.id, Recipe(preset="Collider")).name == "Collider 2"
    assert store.create_run(dataset.id, Recipe(), "Mine").name == "Mine"


def test_names_notes_and_tags_can_be_changed_one_by_one(store: Store, dataset: Dataset):
    run = store.create_run(dataset.id, Recipe(), "Mine")
    store.update_run(run.id, notes="good", tags=("a", "b"))
    changed = store.update_run(run.id, name="Yours")
    assert (changed.name, changed.notes, changed.tags) == ("Yours", "good", ("a", "b"))
    assert store.update_run(run.id, tags=()).tags == ()


def test_each_state_has_its_time_and_its_reason(store: Store, dataset: Dataset):
    run = store.create_run(dataset.id, Recipe())
    for state in ("running", "paused", "running", "failed"):
        store.set_state(run.id, state, f"because of {state}")
    seen = store.transitions(run.id)
    assert [(t.state, t.reason) for t in seen][1:] == [
        (s, f"because of {s}") for s in ("running", "paused", "running", "failed")
    ]
    assert [t.at for t in seen] == sorted(t.at for t in seen)
    ended = store.run(run.id)
    assert ended.started_at is not None
    assert ended.finished_at is not None
    assert ended.reason == "because of failed"
    assert set(ACTIVE) | set(ENDED) == set(STATES)


def test_listing_runs_reads_one_table_and_no_epochs(store: Store, dataset: Dataset):
    for _ in range(3):
        store.write_epoch(store.create_run(dataset.id, Recipe()).id, {"epoch": 1})
    other = store.add_dataset("Fans", rows=1, columns=1, schema={}, report={})
    store.create_run(other.id, Recipe(), "on fans")
    said: list[str] = []
    event.listen(store._engine, "before_cursor_execute", lambda c, cursor, statement, *rest: said.append(statement))
    assert len(store.runs()) == 4
    assert len(said) == 1
    assert "epochs" not in said[0]
    assert [r.name for r in store.runs(other.id)] == ["on fans"]
    assert [r.name for r in store.runs(limit=1)] == ["on fans"]


def test_a_deleted_run_takes_all_that_belongs_to_it_along(store: Store, dataset: Dataset):
    run = store.create_run(dataset.id, Recipe())
    store.write_epoch(run.id, {"epoch": 1})
    store.write_snapshot(run.id, {"epoch": 1})
    store.command(run.id, "stop")
    store.delete_run(run.id)
    assert store.runs() == []
    assert store.epochs(run.id) == store.snapshots(run.id) == store.transitions(run.id) == []
    assert store.open_commands(run.id) == []


def test_a_dataset_is_deleted_with_its_ended_runs_but_not_under_a_running_one(store: Store, dataset: Dataset):
    run = store.create_run(dataset.id, Recipe(), "Busy")
    with pytest.raises(DataError, match="'Busy' still does"):
        store.delete_dataset(dataset.id)
    store.set_state(run.id, "done")
    store.delete_dataset(dataset.id)
    assert store.datasets() == []
    assert store.runs() == []
