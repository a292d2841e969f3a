"""A run in the process of whoever calls run_job: how it ends, and what it survives."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from job_helpers import LONG, add_table, losses, recipe, until_epoch
from sqlalchemy.exc import OperationalError
from store_backends import scratch
from waiting import WAIT, until

from core.detector.experiment import Experiment
from core.errors import TrainingError
from core.jobs import training_job, watcher
from core.jobs.worker import run_job
from core.jobs.worker_settings import reachable
from core.recipe import Recipe
from core.store import commands
from core.store.artifacts import Artifacts
from core.store.runs import Store
from core.store.workspace import Workspace, open_workspace
from core.training.checkpoint import unpack


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    opened = open_workspace(scratch(tmp_path))
    yield opened
    opened.store.close()


@pytest.fixture
def dataset_id(workspace: Workspace) -> str:
    return add_table(workspace, rows=1000)


def in_background(workspace: Workspace, run_id: str) -> threading.Thread:
    thread = threading.Thread(target=run_job, args=(run_id, workspace.settings))
    thread.start()
    return thread


def test_a_run_ends_done_with_its_epochs_snapshots_files_and_figures(workspace: Workspace, dataset_id: str):
    run = workspace.store.create_run(dataset_id, recipe(6))
    done = run_job(run.id, workspace.settings)
    assert (done.state, done.reason, done.attempt) == ("done", "", 1)
    assert [t.state for t in workspace.store.transitions(run.id)] == ["queued", "running", "done"]
    assert [e["epoch"] for e in workspace.store.epochs(run.id)] == [1, 2, 3, 4, 5, 6]
    assert workspace.store.snapshots(run.id)
    assert done.result is not None
    assert done.result["epochs"] == 6
    assert done.progress["phase"] == "done"
    files = workspace.artifacts.list(f"runs/{run.id}")
    assert f"runs/{run.id}/model.safetensors" in files
    assert f"runs/{run.id}/checkpoint.safetensors" not in files


def test_a_run_that_somebody_else_took_is_left_alone(workspace: Workspace, dataset_id: str):
    run = workspace.store.create_run(dataset_id, recipe(2))
    workspace.store.claim(run.id, "elsewhere/1/1")
    assert run_job(run.id, workspace.settings).state == "running"
    assert workspace.store.epochs(run.id) == []


def paused_after_its_first_epoch(workspace: Workspace, dataset_id: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A run that waits for somebody to resume it."""
    monkeypatch.setattr(watcher, "PARK_SECONDS", 1000.0)  # else a slow machine may be sent away within the epoch
    run = workspace.store.create_run(dataset_id, recipe(40))
    workspace.store.command(run.id, "pause")
    paused = run_job(run.id, workspace.settings)
    assert (paused.state, paused.progress["checkpoint_epoch"]) == ("paused", 1)
    return run.id


def test_paused_and_resumed_it_ends_as_an_undisturbed_run_does(
    workspace: Workspace, dataset_id: str, monkeypatch: pytest.MonkeyPatch
):
    store = workspace.store
    calm = run_job(store.create_run(dataset_id, recipe(40)).id, workspace.settings)
    run_id = paused_after_its_first_epoch(workspace, dataset_id, monkeypatch)
    assert commands.resume(workspace, run_id) == "It goes on as soon as a worker is free."
    done = run_job(run_id, workspace.settings)
    assert (done.state, done.attempt) == ("done", 2)
    assert losses(store, run_id) == losses(store, calm.id)
    told = ("threshold", "best_epoch", "flagged", "epochs")
    assert [(done.result or {})[key] for key in told] == [(calm.result or {})[key] for key in told]


def test_a_pause_within_an_epoch_does_not_wait_for_its_end(workspace: Workspace, dataset_id: str):
    run = workspace.store.create_run(
        dataset_id, recipe(3).with_set({"training.batch_size": 1, "training.epochs": LONG})
    )
    thread = in_background(workspace, run.id)
    until_epoch(workspace.store, run.id, 1)
    assert commands.pause(workspace, run.id) == "It pauses within a second."
    thread.join(WAIT)
    assert workspace.store.run(run.id).state == "paused"
    assert commands.stop(workspace, run.id) == "It stops within a second and keeps the best weights."
    assert run_job(run.id, workspace.settings).state == "stopped"


def test_stopped_it_keeps_the_best_weights_so_far(workspace: Workspace, dataset_id: str):
    run = workspace.store.create_run(dataset_id, recipe(LONG))
    thread = in_background(workspace, run.id)
    until_epoch(workspace.store, run.id, 2)
    commands.stop(workspace, run.id)
    thread.join(WAIT)
    stopped = workspace.store.run(run.id)
    assert (stopped.state, stopped.reason) == ("stopped", "It was stopped; the best weights were kept.")
    assert workspace.artifacts.exists(f"runs/{run.id}/model.safetensors")


def test_cancelled_it_leaves_nothing_behind(workspace: Workspace, dataset_id: str):
    run = workspace.store.create_run(dataset_id, recipe(LONG))
    thread = in_background(workspace, run.id)
    until_epoch(workspace.store, run.id, 2)
    commands.cancel(workspace, run.id)
    until(lambda: workspace.store.run(run.id).state == "cancelled", "it was cancelled")
    thread.join(WAIT)
    assert workspace.artifacts.list(f"runs/{run.id}") == []


def test_deleted_under_way_it_ends_and_leaves_nothing_behind(workspace: Workspace, dataset_id: str):
    run = workspace.store.create_run(dataset_id, recipe(LONG))
    ended: list[Any] = []

    def work() -> None:
        with pytest.raises(KeyError):
            run_job(run.id, workspace.settings)
        ended.append(True)

    thread = threading.Thread(target=work)
    thread.start()
    until_epoch(workspace.store, run.id, 2)
    workspace.delete_run(run.id)
    thread.join(WAIT)
    assert ended
    assert workspace.artifacts.list("runs") == []


def test_a_learning_rate_counts_from_the_next_batch(workspace: Workspace, dataset_id: str):
    constant = recipe(LONG).with_set({"training.schedule": "none"})
    run = workspace.store.create_run(dataset_id, constant)
    thread = in_background(workspace, run.id)
    until_epoch(workspace.store, run.id, 2)
    commands.set_learning_rate(workspace, run.id, 0.0005)
    until(lambda: workspace.store.epochs(run.id)[-1]["learning_rate"] == 0.0005, "the rate had changed")
    until(lambda: not workspace.store.open_commands(run.id), "a checkpoint held the new rate")
    commands.cancel(workspace, run.id)
    thread.join(WAIT)


def test_what_was_asked_before_the_start_counts_from_the_start(workspace: Workspace, dataset_id: str):
    run = workspace.store.create_run(dataset_id, recipe(3).with_set({"training.schedule": "none"}))
    commands.set_learning_rate(workspace, run.id, 0.0005)
    run_job(run.id, workspace.settings)
    assert [e["learning_rate"] for e in workspace.store.epochs(run.id)] == [0.0005] * 3


def test_a_mistake_in_the_recipe_fails_the_run_with_its_sentence(workspace: Workspace, dataset_id: str):
    run = workspace.store.create_run(dataset_id, Recipe(device="cuda:99"))
    failed = run_job(run.id, workspace.settings)
    assert failed.state == "failed"
    assert "There is no device 'cuda:99'" in failed.reason


def test_a_loss_that_is_not_finite_fails_the_run_but_keeps_the_last_good_weights(
    workspace: Workspace, dataset_id: str, monkeypatch: pytest.MonkeyPatch
):
    train = Experiment.run

    def diverge(self: Experiment, *arguments: Any) -> Iterator[Any]:
        yield from train(self, *arguments)
        raise TrainingError("The loss was not finite in epoch 4. Choose a smaller learning rate.")

    monkeypatch.setattr(Experiment, "run", diverge)
    run = workspace.store.create_run(dataset_id, recipe(3))
    failed = run_job(run.id, workspace.settings)
    assert (failed.state, failed.reason[:32]) == ("failed", "The loss was not finite in epoch")
    assert failed.result is not None
    assert workspace.artifacts.exists(f"runs/{run.id}/model.safetensors")


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (MemoryError(), "The memory was not enough"),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory"), "The memory was not enough"),
        (OSError(28, "No space left on device"), "The disk is full"),
        (ZeroDivisionError("division by zero"), "(ZeroDivisionError: division by zero)"),
    ],
)
def test_an_error_of_ours_fails_the_run_with_a_sentence(
    workspace: Workspace,
    dataset_id: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
    said: str,
):
    def fail(*arguments: Any) -> None:
        raise error

    monkeypatch.setattr(Experiment, "save", fail)
    run = workspace.store.create_run(dataset_id, recipe(2))
    failed = run_job(run.id, workspace.settings)
    assert failed.state == "failed"
    assert said in failed.reason
    # A traceback is for whoever mends the program, not for who runs out of memory or disk.
    logged = [record for record in caplog.records if record.levelname == "ERROR"]
    assert bool(logged) == ("Please report it" in failed.reason)


def test_a_full_disk_at_a_checkpoint_does_not_end_the_training(
    workspace: Workspace, dataset_id: str, monkeypatch: pytest.MonkeyPatch
):
    write = Artifacts.write_bytes

    def full(self: Artifacts, path: str, content: bytes) -> None:
        if path.endswith("checkpoint.safetensors"):
            raise OSError(28, "No space left on device")
        write(self, path, content)

    monkeypatch.setattr(Artifacts, "write_bytes", full)
    run = workspace.store.create_run(dataset_id, recipe(3))
    assert run_job(run.id, workspace.settings).state == "done"


def test_a_checkpoint_never_runs_ahead_of_the_epochs_that_the_store_has(
    workspace: Workspace, dataset_id: str, monkeypatch: pytest.MonkeyPatch
):
    write, seen = Artifacts.write_bytes, []
    run = workspace.store.create_run(dataset_id, recipe(40))

    def look(self: Artifacts, path: str, content: bytes) -> None:
        if path.endswith("checkpoint.safetensors"):
            seen.append((unpack(content)[1]["epoch"], workspace.store.epochs_written(run.id)))
        write(self, path, content)

    monkeypatch.setattr(Artifacts, "write_bytes", look)
    monkeypatch.setattr(training_job, "CHECKPOINT_SECONDS", 0.0)
    assert run_job(run.id, workspace.settings).state == "done"
    assert len(seen) > 1
    assert all(written == epoch for epoch, written in seen)


def test_a_store_that_is_away_for_a_moment_is_tried_again(
    workspace: Workspace, dataset_id: str, monkeypatch: pytest.MonkeyPatch
):
    failures = {name: 2 for name in ("beat", "write_epochs", "take_commands", "move", "write_result", "claim")}

    def sometimes(name: str) -> Any:
        call = getattr(Store, name)

        def wrapper(*arguments: Any, **named: Any) -> Any:
            if failures[name]:
                failures[name] -= 1
                raise OperationalError("UPDATE runs", {}, Exception("database is locked"))
            return call(*arguments, **named)

        return wrapper

    run = workspace.store.create_run(dataset_id, recipe(4))
    for name in failures:
        monkeypatch.setattr(Store, name, sometimes(name))
    assert run_job(run.id, workspace.settings).state == "done"
    assert [e["epoch"] for e in workspace.store.epochs(run.id)] == [1, 2, 3, 4]
    assert failures["beat"] == failures["write_epochs"] == failures["move"] == 0


def test_a_checkpoint_that_cannot_be_read_starts_the_run_over(workspace: Workspace, dataset_id: str):
    run = workspace.store.create_run(dataset_id, recipe(3))
    workspace.artifacts.write_bytes(f"runs/{run.id}/checkpoint.safetensors", b"cut off")
    assert run_job(run.id, workspace.settings).state == "done"


def test_a_schema_that_is_changed_while_a_run_is_paused_does_not_change_the_run(
    workspace: Workspace, dataset_id: str, monkeypatch: pytest.MonkeyPatch
):
    store = workspace.store
    run_id = paused_after_its_first_epoch(workspace, dataset_id, monkeypatch)
    schema = dict(store.dataset(dataset_id).schema)
    schema["columns"] = [
        column | {"role": "ignored"} if column["name"] == "a" else column for column in schema["columns"]
    ]
    store.update_dataset(dataset_id, schema=schema)
    commands.resume(workspace, run_id)
    done = run_job(run_id, workspace.settings)
    assert done.state == "done", done.reason
    assert (done.result or {})["columns"] == 6


def test_a_worker_elsewhere_takes_its_own_addresses_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    from dataclasses import replace

    from core.errors import ConfigError

    here = scratch(tmp_path)
    assert reachable(here) is here
    sent = replace(here, scheduler="tcp://elsewhere:8786")
    with pytest.raises(ConfigError, match="is not on this one"):
        reachable(sent)
    monkeypatch.setenv("ANOMALENS_DATABASE_URL", "postgresql://db/runs")
    monkeypatch.setenv("ANOMALENS_STORAGE", "s3://bucket")
    found = reachable(sent)
    assert (found.database_url, found.storage) == ("postgresql://db/runs", "s3://bucket")
