"""A store that is locked for a while, and a run that is deleted while it is worked on: nobody is taken for dead."""

import sqlite3
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from job_helpers import LONG, add_table, recipe, until_epoch
from sqlalchemy import text
from store_backends import scratch
from waiting import until

from core.errors import MissingError
from core.jobs import supervisor
from core.jobs.process import identity
from core.jobs.supervisor import CONFIRM_SECONDS, STUCK_SECONDS, Supervisor
from core.jobs.worker import run_job, work
from core.store.artifacts import Artifacts
from core.store.leases import Leases
from core.store.workspace import Workspace, open_workspace


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    opened = open_workspace(scratch(tmp_path))
    yield opened
    opened.store.close()


class Clock:
    """A clock that stands still until it is told to go on."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


def silent_run(workspace: Workspace) -> str:
    """A run in the hands of this process, which has said nothing for longer than a long computation takes."""
    run = workspace.store.create_run(add_table(workspace, rows=200), recipe(2))
    workspace.store.claim(run.id, identity())
    long_ago = datetime.now(UTC) - timedelta(seconds=2 * STUCK_SECONDS)
    with workspace.store._write() as connection:
        connection.execute(text("UPDATE runs SET heartbeat_at = :at WHERE id = :id"), {"at": long_ago, "id": run.id})
    return run.id


def test_who_says_nothing_in_a_store_that_can_be_written_loses_the_run(workspace, monkeypatch: pytest.MonkeyPatch):
    clock = Clock()
    monkeypatch.setattr(supervisor, "time", clock)
    run = silent_run(workspace)
    watch = Supervisor(workspace, lambda lease: True, lambda run_id: True)
    watch.tick()
    assert workspace.store.run(run).state == "running"
    clock.now += CONFIRM_SECONDS + 1
    watch.tick()
    assert (workspace.store.run(run).state, workspace.store.run(run).retries) == ("queued", 1)


def test_a_store_that_was_locked_proves_nothing_of_a_worker(workspace, monkeypatch: pytest.MonkeyPatch):
    clock = Clock()
    monkeypatch.setattr(supervisor, "time", clock)
    run = silent_run(workspace)
    watch = Supervisor(workspace, lambda lease: True, lambda run_id: True)
    touch = Leases.touch
    with monkeypatch.context() as locked:
        locked.setattr(Leases, "touch", lambda self: (setattr(clock, "now", clock.now + 30), touch(self))[1])
        for _ in range(3):
            watch.tick()
            clock.now += CONFIRM_SECONDS + 1
    watch.tick()
    assert (workspace.store.run(run).state, workspace.store.run(run).retries) == ("running", 0)
    workspace.store.beat(run, {}, identity())
    watch.tick()
    clock.now += CONFIRM_SECONDS + 1
    watch.tick()
    assert workspace.store.run(run).state == "running"


def age(workspace: Workspace, run_id: str) -> float:
    lease = workspace.store.lease(run_id)
    assert lease is not None
    assert lease.age is not None
    return lease.age


def test_a_run_outlives_a_lock_of_the_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("core.store.database.BUSY_SECONDS", 0.05)
    monkeypatch.setattr(supervisor, "STUCK_SECONDS", 0.2)
    workspace = open_workspace(scratch(tmp_path))
    run = workspace.store.create_run(add_table(workspace, rows=300), recipe(LONG))
    thread = threading.Thread(target=run_job, args=(run.id, workspace.settings))
    thread.start()
    until_epoch(workspace.store, run.id, 2)
    watch = Supervisor(workspace, lambda lease: True, lambda run_id: True)
    other = sqlite3.connect(str(workspace.store._engine.url.database), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    until(lambda: age(workspace, run.id) > 1.0, "the run to be silent")
    with pytest.raises(Exception, match="locked"):
        watch.tick()
    other.execute("ROLLBACK")
    other.close()
    until(lambda: age(workspace, run.id) < 1.0, "the run to be heard of")
    watch.tick()
    assert (workspace.store.run(run.id).state, workspace.store.run(run.id).attempt) == ("running", 1)
    workspace.store.command(run.id, "cancel")
    thread.join(60)
    assert not thread.is_alive()
    workspace.store.close()


def test_deleting_a_run_that_is_worked_on_raises_nothing_and_leaves_nothing(workspace: Workspace):
    dataset, problems = add_table(workspace, rows=200), []

    def worked_on(run_id: str) -> None:
        try:
            work(run_id, workspace.settings)
        except BaseException as error:
            problems.append(error)

    for epoch in (0, 1, 2, 3):
        run = workspace.store.create_run(dataset, recipe(LONG))
        thread = threading.Thread(target=worked_on, args=(run.id,))
        thread.start()
        if epoch:
            until_epoch(workspace.store, run.id, epoch)
        workspace.delete_run(run.id)
        thread.join(120)
        assert not thread.is_alive()
        assert workspace.artifacts.list(f"runs/{run.id}") == []
    assert problems == []


def test_a_folder_is_deleted_however_much_is_written_into_it_meanwhile(tmp_path: Path):
    artifacts, over, problems = Artifacts(str(tmp_path)), threading.Event(), []

    def write() -> None:
        while not over.is_set():
            for name in ("a.json", "deep/b.json", "deep/er/c.json"):
                try:
                    artifacts.write_json(f"runs/x/{name}", {"a": 1})
                    artifacts.read_json(f"runs/x/{name}")
                except (FileNotFoundError, MissingError):
                    pass  # the folder went away between two steps; a worker notices and ends
                except Exception as error:
                    problems.append(error)

    threads = [threading.Thread(target=write) for _ in range(2)]
    for thread in threads:
        thread.start()
    for _ in range(60):
        artifacts.delete("runs/x")
    over.set()
    for thread in threads:
        thread.join()
    artifacts.delete("runs/x")
    assert problems == []
    assert artifacts.list() == []
