"""Searches in the store: their log, and their trials, which are runs that lists leave out."""

import threading

import pytest

from core.errors import UnknownNameError
from core.recipe import Recipe
from core.store.records import Dataset
from core.store.runs import Store

pytest_plugins = ["store_fixtures"]


def test_the_log_has_no_gaps_however_many_write_at_once(store: Store, dataset: Dataset):
    search = store.create_search(dataset.id, {})

    def write(writer: int) -> None:
        for i in range(10):
            store.append_log(search.id, [{"writer": writer, "i": i}, {"writer": writer, "i": i, "second": True}])

    threads = [threading.Thread(target=write, args=(k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    entries = store.read_log(search.id)
    assert len(entries) == 80
    for writer in range(4):
        assert [e["i"] for e in entries if e["writer"] == writer] == [i for i in range(10) for _ in range(2)]
    # What was written together stands together.
    assert all(after == before | {"second": True} for before, after in zip(entries[::2], entries[1::2], strict=True))
    assert store.read_log(search.id, 77) == entries[77:]


def test_trials_are_made_until_enough_are_active_or_the_search_has_had_its_share(store: Store, dataset: Dataset):
    search = store.create_search(dataset.id, {})
    first, active = store.add_trials(search.id, 2, 3)
    assert (len(first), active) == (2, 2)
    assert store.add_trials(search.id, 2, 3) == ([], 2)
    store.set_state(first[0], "done")
    second, active = store.add_trials(search.id, 2, 3)
    assert (len(second), active) == (1, 2)
    for run_id in (*first, *second):
        store.set_state(run_id, "failed")
    assert store.add_trials(search.id, 2, 3) == ([], 0)
    assert [trial.trial for trial in store.trials(search.id)] == [1, 2, 3]


def test_a_search_that_does_not_go_on_gets_no_trials(store: Store, dataset: Dataset):
    search = store.create_search(dataset.id, {})
    assert store.move_search(search.id, "stopped", sources=("running",), seconds=3.5)
    assert store.add_trials(search.id, 2, 10) == ([], 0)
    assert store.search(search.id).seconds == 3.5
    assert not store.move_search(search.id, "done", sources=("running",))


def test_trials_are_handed_out_like_runs_and_stand_in_no_list_of_runs(store: Store, dataset: Dataset):
    search = store.create_search(dataset.id, {})
    run = store.create_run(dataset.id, Recipe())
    (trial,), _ = store.add_trials(search.id, 1, 5)
    assert [lease.run_id for lease in store.leases()] == [run.id, trial]
    assert [r.id for r in store.runs()] == [run.id]
    assert store.run(trial).search_id == search.id
    attempt = store.claim(trial, "me")
    assert attempt == 1
    store.write_trial(trial, Recipe(model="vae"), {"value": 0.5}, attempt)
    store.write_trial(trial, Recipe(model="tied"), {"value": 0.9}, attempt + 1)
    assert (store.run(trial).recipe.model, store.run(trial).result) == ("vae", {"value": 0.5})


def test_a_deleted_search_takes_its_trials_and_its_log_along(store: Store, dataset: Dataset):
    search = store.create_search(dataset.id, {})
    (trial,), _ = store.add_trials(search.id, 1, 5)
    store.append_log(search.id, [{"op": 1}])
    store.delete_search(search.id)
    for gone in (lambda: store.search(search.id), lambda: store.run(trial)):
        with pytest.raises(UnknownNameError):
            gone()
    assert store.read_log(search.id) == []


def test_trials_that_nobody_took_up_are_forgotten(store: Store, dataset: Dataset):
    search = store.create_search(dataset.id, {})
    (first, second), _ = store.add_trials(search.id, 2, 5)
    store.claim(first, "me")
    assert store.drop_queued(search.id) == 1
    assert [trial.id for trial in store.trials(search.id)] == [first]
    assert second not in [lease.run_id for lease in store.leases()]
