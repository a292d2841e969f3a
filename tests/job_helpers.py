"""What the job tests share: a small table, recipes that take a moment, and waiting for something to happen."""

import os
import signal
import tempfile
from itertools import islice
from pathlib import Path

import numpy as np
import pandas as pd
from waiting import until

from core.detector.experiment import EpochRecord, Experiment
from core.index.schema import infer_schema
from core.index.table import Table
from core.jobs.process import pid_of
from core.modalities.tabular.samples import TabularSamples
from core.recipe import Recipe
from core.store.records import Run
from core.store.runs import Store
from core.store.workspace import Workspace

LONG = 10_000
"""Epochs of a run that no test waits for: it is under way until a test ends it, however fast the machine is."""


def write_table(folder: Path, rows: int = 1500) -> Path:
    """A Parquet file of that many rows."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(rows, 4)) @ rng.normal(size=(4, 6)), columns=list("abcdef"))
    frame.to_parquet(folder / "table.parquet")
    return folder / "table.parquet"


def undisturbed(epochs: int) -> list[tuple[int, float, float]]:
    """The losses of a long run's first epochs when nothing interferes, to the last bit."""
    with tempfile.TemporaryDirectory() as folder:
        table = Table(write_table(Path(folder)))
        events = Experiment(TabularSamples(table, infer_schema(table)), recipe(LONG)).run()
        records = (event for event in events if isinstance(event, EpochRecord))
        return [(e.epoch, e.train["loss"], e.validation["loss"]) for e in islice(records, epochs)]


def add_table(workspace: Workspace, rows: int = 1500) -> str:
    """A dataset of that many rows in the workspace; its id."""
    folder = Path(workspace.settings.home)
    schema = infer_schema(Table(write_table(folder, rows))).to_dict()
    dataset = workspace.store.add_dataset("Table", rows=rows, columns=6, schema=schema, report={})
    workspace.artifacts.put_file(folder / "table.parquet", f"datasets/{dataset.id}/data.parquet")
    return dataset.id


def recipe(epochs: int, seed: int = 0) -> Recipe:
    """A recipe of short epochs, with dropout, so that random numbers matter."""
    return Recipe.from_dict(
        {
            "model": "dense",
            "model_settings": {"hidden_dims": [16], "dropout": 0.1},
            "training": {"epochs": epochs, "batch_size": 16, "schedule": "cosine", "learning_rate": 0.002},
            "seed": seed,
            "device": "cpu",
        }
    )


def until_state(store: Store, run_id: str, *states: str) -> Run:
    """Wait until a run is in one of the states; the run."""

    def there() -> bool:
        run = store.run(run_id)
        assert run.active or run.state in states, f"{run.state}: {run.reason}"
        return run.state in states

    until(there, f"the run was {' or '.join(states)}")
    return store.run(run_id)


def until_epoch(store: Store, run_id: str, epoch: int) -> None:
    """Wait until a run has so many epochs behind it, and a checkpoint."""
    until(
        lambda: store.epochs_written(run_id) >= epoch and store.run(run_id).progress.get("checkpoint_epoch"),
        f"epoch {epoch} was over",
    )


def until_further(store: Store, run_id: str, epochs: int = 3) -> None:
    """Wait until a run has some epochs more than now."""
    until_epoch(store, run_id, store.epochs_written(run_id) + epochs)


def losses(store: Store, run_id: str) -> list[tuple[int, float, float]]:
    """Every epoch's losses, to the last bit."""
    return [(e["epoch"], e["train"]["loss"], e["validation"]["loss"]) for e in store.epochs(run_id)]


def kill_worker(store: Store, run_id: str) -> None:
    """SIGKILL for the process that has a run in hand."""
    os.kill(pid_of(store.run(run_id).holder), signal.SIGKILL)
