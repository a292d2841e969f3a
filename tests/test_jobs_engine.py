"""An engine with its own worker processes: commands, several runs at once, workers that are killed."""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from job_helpers import (
    LONG,
    add_table,
    kill_worker,
    losses,
    recipe,
    undisturbed,
    until_epoch,
    until_further,
    until_state,
)
from store_backends import scratch
from waiting import until

from core.errors import DataError
from core.jobs import supervisor
from core.jobs.engine import Engine
from core.store.runs import Store

pytestmark = pytest.mark.processes


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    running = Engine(scratch(tmp_path_factory.mktemp("engine")))
    running.start()
    yield running
    running.close()
    running.workspace.store.close()


def _scheduler_address() -> str:
    from distributed import get_worker

    return str(get_worker().scheduler.address)


@pytest.fixture(scope="module")
def dataset_id(engine: Engine) -> str:
    return add_table(engine.workspace)


@pytest.fixture
def store(engine: Engine) -> Iterator[Store]:
    yield engine.workspace.store
    for run in engine.workspace.store.runs():
        engine.cancel(run.id)


def test_workers_wait_for_threads_asleep_and_have_the_threads_that_the_environment_says(engine: Engine):
    assert engine.call(os.getenv, "OMP_WAIT_POLICY") == "PASSIVE"
    assert engine.call(os.getenv, "OMP_NUM_THREADS") == os.environ["OMP_NUM_THREADS"]


def test_nobody_without_its_keys_can_talk_to_the_scheduler(engine: Engine):
    from distributed import Client

    address = engine.call(_scheduler_address)
    assert address.startswith("tls://")
    for other in (address, address.replace("tls://", "tcp://")):
        with pytest.raises((OSError, TypeError)):
            Client(other, timeout=2, set_as_default=False)


def test_two_runs_train_at_once_and_a_third_waits_for_the_first_that_pauses(
    engine: Engine, dataset_id: str, store: Store
):
    first, second = engine.train(dataset_id, recipe(LONG)), engine.train(dataset_id, recipe(LONG, seed=1))
    for run in (first, second):
        until_epoch(store, run.id, 2)
    assert [store.run(run.id).state for run in (first, second)] == ["running", "running"]
    third = engine.train(dataset_id, recipe(LONG, seed=2))
    assert engine.devices()[0]["id"] == "cpu"  # a quick question is answered while every training worker is busy
    assert store.run(third.id).state == "queued"
    engine.pause(first.id)
    until_state(store, first.id, "paused")
    until_epoch(store, third.id, 1)
    waiting = engine.train(dataset_id, recipe(LONG))
    assert engine.cancel(waiting.id) == "It is cancelled."
    assert store.run(waiting.id).state == "cancelled"
    engine.stop(second.id)
    until_state(store, second.id, "stopped")
    engine.resume(first.id)
    until_state(store, first.id, "running")
    engine.set_learning_rate(third.id, 0.0001)
    until(lambda: store.epochs(third.id)[-1]["learning_rate"] <= 0.0001, "the learning rate had changed")
    engine.cancel(third.id)
    until_state(store, third.id, "cancelled")


def test_a_worker_killed_under_way_leaves_the_losses_of_an_undisturbed_run(
    engine: Engine, dataset_id: str, store: Store
):
    run = engine.train(dataset_id, recipe(LONG))
    until_epoch(store, run.id, 1)
    kill_worker(store, run.id)
    until(lambda: store.run(run.id).attempt == 2, "another worker had taken it up")
    until_further(store, run.id)
    engine.stop(run.id)
    stopped = until_state(store, run.id, "stopped")
    assert (stopped.attempt, stopped.retries) == (2, 1)
    assert any("Its worker was killed or crashed. It goes on from epoch" in t.reason for t in store.transitions(run.id))
    whole = losses(store, run.id)[:-1]  # the last epoch was cut short
    assert whole == undisturbed(len(whole))


def test_a_question_that_fails_says_so_here(engine: Engine):
    with pytest.raises(ValueError, match="invalid literal"):
        engine.call(int, "x")
    with pytest.raises(DataError, match=r"No worker answered within 0\.1 s"):
        engine.call(__import__("time").sleep, 3, timeout=0.1)


def test_a_worker_over_its_memory_fails_the_run_and_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(supervisor, "RETRIES", 0)
    small = Engine(replace(scratch(tmp_path), workers=1), memory_limit=150 * 2**20)
    try:
        run = small.train(add_table(small.workspace), recipe(LONG))
        failed = until_state(small.workspace.store, run.id, "failed")
        assert failed.reason.startswith("Its worker needed more memory than a worker may have.")
    finally:
        small.close()
        small.workspace.store.close()
