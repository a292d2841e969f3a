"""A run whose store is a real PostgreSQL server; the store's own tests run on it too, see store_fixtures."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from job_helpers import LONG, add_table, kill_worker, recipe, until_epoch, until_state
from store_backends import scratch
from waiting import until

from core.jobs.engine import Engine
from core.store.workspace import Workspace, open_workspace

pytest_plugins = ["store_fixtures"]

pytestmark = [pytest.mark.postgres, pytest.mark.processes]


@pytest.fixture
def workspace(tmp_path: Path, postgres: str) -> Iterator[Workspace]:
    opened = open_workspace(replace(scratch(tmp_path, postgres), workers=1))
    yield opened
    opened.store.close()


@pytest.fixture
def engine(workspace: Workspace) -> Iterator[Engine]:
    running = Engine(workspace.settings)
    yield running
    running.close()


def test_a_run_on_postgresql_obeys_and_survives_its_worker(workspace: Workspace, engine: Engine):
    store = workspace.store
    run = engine.train(add_table(workspace), recipe(LONG))
    until_epoch(store, run.id, 1)
    engine.pause(run.id)
    until_state(store, run.id, "paused")
    engine.resume(run.id)
    until_state(store, run.id, "running")
    kill_worker(store, run.id)
    until(lambda: store.run(run.id).attempt == 3, "another worker had taken it up")
    engine.stop(run.id)
    stopped = until_state(store, run.id, "stopped")
    assert stopped.retries == 1
    assert [e["epoch"] for e in store.epochs(run.id)] == list(range(1, (stopped.result or {})["epochs"] + 1))
    assert not (Path(workspace.settings.home) / "runs.db").exists()
