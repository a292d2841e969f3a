import math
import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.recipe import Recipe
from core.store.records import Dataset
from core.store.runs import Store
from core.store.values import dump, load

pytest_plugins = ["store_fixtures"]


@pytest.fixture
def run_id(store: Store, dataset: Dataset) -> str:
    return store.create_run(dataset.id, Recipe()).id


@given(st.floats(allow_nan=False))
def test_numbers_keep_their_last_bit(number: float):
    assert load(dump({"x": number}))["x"] == number


def test_numpy_numbers_and_what_is_not_finite_can_be_written(store: Store, run_id: str):
    store.write_epoch(
        run_id, {"epoch": np.int64(3), "train": {"loss": np.float32(0.5), "kl": math.nan, "top": math.inf}}
    )
    (record,) = store.epochs(run_id)
    assert record["train"]["loss"] == 0.5
    assert math.isnan(record["train"]["kl"])
    assert record["train"]["top"] == math.inf


def test_epochs_come_in_order_and_only_the_new_ones(store: Store, run_id: str):
    store.write_epochs(run_id, [{"epoch": n, "loss": n / 7} for n in range(1, 1001)])
    assert [e["epoch"] for e in store.epochs(run_id)] == list(range(1, 1001))
    assert [e["epoch"] for e in store.epochs(run_id, after=998)] == [999, 1000]
    assert store.epochs_written(run_id) == 1000


def test_an_epoch_that_is_written_again_replaces_the_first(store: Store, run_id: str):
    store.write_epochs(run_id, [{"epoch": 1, "loss": 1.0}, {"epoch": 2, "loss": 2.0}])
    store.write_epochs(run_id, [{"epoch": 2, "loss": 2.5}, {"epoch": 3, "loss": 3.0}])
    assert [e["loss"] for e in store.epochs(run_id)] == [1.0, 2.5, 3.0]


def test_the_last_snapshots_come_in_order(store: Store, run_id: str):
    for epoch in (5, 10, 15):
        store.write_snapshot(run_id, {"epoch": epoch, "counts": {"all": [epoch]}})
    assert [s["epoch"] for s in store.snapshots(run_id)] == [5, 10, 15]
    assert [s["epoch"] for s in store.snapshots(run_id, last=2)] == [10, 15]


def test_each_command_is_taken_once_in_the_order_given(store: Store, run_id: str):
    store.command(run_id, "learning_rate", 0.01)
    store.command(run_id, "pause")
    assert [(c.kind, c.value) for c in store.take_commands(run_id, 1)] == [("learning_rate", 0.01), ("pause", None)]
    assert store.take_commands(run_id, 1) == []


def test_a_command_that_died_with_its_worker_is_taken_again_until_it_is_settled(store: Store, run_id: str):
    store.command(run_id, "learning_rate", 0.01)
    store.command(run_id, "pause")
    store.take_commands(run_id, 1)
    store.settle_commands(run_id, kinds=("pause", "resume"))
    assert [c.kind for c in store.take_commands(run_id, 2)] == ["learning_rate"]
    store.settle_commands(run_id)
    assert store.take_commands(run_id, 3) == []


def test_many_threads_write_at_once_and_nothing_is_lost(store: Store, run_id: str):
    def write(part: int) -> None:
        for epoch in range(part, 200, 8):
            store.write_epoch(run_id, {"epoch": epoch})
            store.beat(run_id, {"epoch": epoch})

    threads = [threading.Thread(target=write, args=(part,)) for part in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [e["epoch"] for e in store.epochs(run_id)] == list(range(200))


def test_a_reader_does_not_wait_for_a_writer(store: Store, run_id: str):
    store.write_epoch(run_id, {"epoch": 1})
    with store._write():
        assert len(store.epochs(run_id)) == 1
        assert store.run(run_id).state == "queued"
