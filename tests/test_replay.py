"""The epochs of a run as they can be replayed, and the run that has the weights of one of them."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from job_helpers import add_table, recipe
from store_backends import scratch

from core.detector import experiment, replay
from core.errors import DataError
from core.jobs import watcher
from core.jobs.epoch_run import keep_epoch
from core.jobs.worker import run_job
from core.store import commands
from core.store.records import Run
from core.store.workspace import Workspace, open_workspace


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    opened = open_workspace(scratch(tmp_path))
    yield opened
    opened.store.close()


def queued(workspace: Workspace, epochs: int) -> Run:
    every = recipe(epochs)
    every = replace(every, training=replace(every.training, snapshot_epochs=1))
    return workspace.store.create_run(add_table(workspace, rows=600), every)


def trained(workspace: Workspace, epochs: int = 4) -> Run:
    return run_job(queued(workspace, epochs).id, workspace.settings)


def scores(workspace: Workspace, run_id: str) -> np.ndarray:
    return pd.read_parquet(workspace.artifacts.local(f"runs/{run_id}/scores.parquet"))["score"].to_numpy()


def test_a_run_leaves_every_epoch_of_its_snapshots(workspace: Workspace) -> None:
    found = replay.read(workspace.artifacts, f"runs/{trained(workspace).id}")
    assert found is not None
    assert found.epochs == (1, 2, 3, 4)
    assert all(found.kept)
    n = len(found.rows)
    assert found.errors.shape == (4, n)
    assert found.places.shape == (4, n, 2)
    # It learnt: the rows of the sample are rebuilt better at the end.
    assert found.errors[-1].mean() < found.errors[0].mean()


@pytest.mark.parametrize("epoch", [1, 3])
def test_a_run_with_the_weights_of_an_epoch_says_of_the_sample_what_that_epoch_said(
    workspace: Workspace, epoch: int
) -> None:
    run = trained(workspace)
    found = replay.read(workspace.artifacts, f"runs/{run.id}")
    assert found is not None
    kept = run_job(keep_epoch(workspace, run.id, epoch).id, workspace.settings)
    assert (kept.state, kept.name, kept.dataset_id) == ("done", f"{run.name}, epoch {epoch}", run.dataset_id)
    assert kept.result is not None
    assert kept.result["best_epoch"] == epoch
    errors = np.log10(scores(workspace, kept.id)[found.rows])
    np.testing.assert_allclose(errors, found.errors[found.epochs.index(epoch)], rtol=1e-5)
    assert not np.allclose(scores(workspace, kept.id), scores(workspace, run.id))


def test_the_last_epochs_weights_score_as_the_run_does_when_they_were_its_best(workspace: Workspace) -> None:
    run = trained(workspace)
    assert run.result is not None
    assert run.result["best_epoch"] == 4
    kept = run_job(keep_epoch(workspace, run.id, 4).id, workspace.settings)
    np.testing.assert_array_equal(scores(workspace, kept.id), scores(workspace, run.id))


def test_a_run_that_was_paused_keeps_the_epochs_before(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watcher, "PARK_SECONDS", 1000.0)
    run = queued(workspace, 4)
    workspace.store.command(run.id, "pause")
    assert run_job(run.id, workspace.settings).state == "paused"
    commands.resume(workspace, run.id)
    run_job(run.id, workspace.settings)
    found = replay.read(workspace.artifacts, f"runs/{run.id}")
    assert found is not None
    assert found.epochs == (1, 2, 3, 4)


def test_the_weights_that_the_run_has_are_always_among_them(workspace: Workspace) -> None:
    # Few snapshots, and a training that goes wrong soon: its best epoch is none of theirs, and patience ends it.
    early = recipe(60)
    training = replace(early.training, snapshot_epochs=50, patience=3, learning_rate=0.05, schedule="none")
    run = workspace.store.create_run(add_table(workspace, rows=600), replace(early, training=training))
    run = run_job(run.id, workspace.settings)
    assert run.result is not None
    best = run.result["best_epoch"]
    assert 1 < best < run.result["epochs"] < 60
    found = replay.read(workspace.artifacts, f"runs/{run.id}")
    assert found is not None
    assert found.epochs == (1, best)
    errors = np.log10(scores(workspace, run.id)[found.rows])
    np.testing.assert_allclose(errors, found.errors[1], rtol=1e-5)


def test_weights_that_are_too_large_are_not_kept_and_say_so(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(experiment, "KEPT_BYTES", 100)
    run = trained(workspace, 2)
    found = replay.read(workspace.artifacts, f"runs/{run.id}")
    assert found is not None
    assert found.kept == (False, False)
    with pytest.raises(DataError, match=r"The weights of epoch 1 of .* were not kept\. Choose another epoch"):
        keep_epoch(workspace, run.id, 1)
    assert len(workspace.store.runs()) == 1


def test_a_run_of_before_has_nothing_to_replay(workspace: Workspace) -> None:
    run = trained(workspace, 1)
    workspace.artifacts.delete(f"runs/{run.id}/epochs")
    assert replay.read(workspace.artifacts, f"runs/{run.id}") is None


def test_epochs_that_were_turned_or_mirrored_lie_upon_each_other() -> None:
    rng = np.random.default_rng(0)
    last = rng.normal(size=(200, 3)) * np.array([3.0, 2.0, 1.0])
    turn = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    found = replay.turned(np.stack([last @ turn, last * np.array([1, -1, 1]), last]).astype(np.float32))
    np.testing.assert_allclose(found, np.stack([last, last, last]), atol=1e-4)
