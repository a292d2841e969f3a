"""What people ask of a run that nobody works on, and what a supervisor does about runs whose worker is gone."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from store_backends import scratch

from core.errors import ConfigError, UnknownNameError
from core.jobs import supervisor
from core.jobs.process import identity
from core.jobs.supervisor import RETRIES, Supervisor, gone
from core.recipe import Recipe
from core.store import commands
from core.store.records import Lease, Run
from core.store.workspace import Workspace, open_workspace

DEAD = f"{identity().split('/')[0]}/4194303/1"


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    opened = open_workspace(scratch(tmp_path))
    opened.store.add_dataset("Pumps", id="pumps", rows=1, columns=1, schema={}, report={})
    yield opened
    opened.store.close()


@pytest.fixture
def run(workspace: Workspace) -> Run:
    return workspace.store.create_run("pumps", Recipe())


def test_a_queued_run_is_paused_resumed_and_cancelled_at_once(workspace: Workspace, run: Run):
    assert commands.pause(workspace, run.id) == "It is paused; resume it when you like."
    assert workspace.store.run(run.id).state == "paused"
    assert commands.pause(workspace, run.id) == "It is paused already."
    assert commands.resume(workspace, run.id) == "It goes on as soon as a worker is free."
    assert commands.resume(workspace, run.id) == "It waits for a free worker already."
    assert commands.cancel(workspace, run.id) == "It is cancelled."
    assert workspace.store.run(run.id).state == "cancelled"


@pytest.mark.parametrize("state", ["queued", "paused"])
def test_stopping_a_run_that_never_began_cancels_it(workspace: Workspace, run: Run, state: str):
    workspace.store.set_state(run.id, state)
    assert commands.stop(workspace, run.id) == "It is cancelled."
    assert workspace.store.run(run.id).state == "cancelled"


def test_stopping_a_paused_run_queues_it_once_more_to_score_with_its_best_weights(workspace: Workspace, run: Run):
    workspace.store.write_epoch(run.id, {"epoch": 1})
    workspace.store.set_state(run.id, "paused")
    assert "keeps the best weights" in commands.stop(workspace, run.id)
    assert workspace.store.run(run.id).state == "queued"
    assert [c.kind for c in workspace.store.open_commands(run.id)] == ["stop"]


def test_a_cancelled_paused_run_loses_its_files(workspace: Workspace, run: Run):
    workspace.artifacts.write_bytes(f"runs/{run.id}/checkpoint.safetensors", b"1")
    workspace.store.set_state(run.id, "paused")
    commands.cancel(workspace, run.id)
    assert workspace.artifacts.list("runs") == []


@pytest.mark.parametrize("ask", [commands.pause, commands.resume, commands.stop, commands.cancel])
@pytest.mark.parametrize("state", ["stopped", "cancelled", "failed", "done"])
def test_asking_an_ended_run_for_something_is_answered_in_a_sentence(
    workspace: Workspace, run: Run, ask: Callable[[Workspace, str], str], state: str
):
    workspace.store.set_state(run.id, state)
    assert ask(workspace, run.id).startswith(f"This run has ended ({state})")
    assert commands.set_learning_rate(workspace, run.id, 0.1).startswith("This run has ended")
    assert workspace.store.open_commands(run.id) == []
    assert workspace.store.run(run.id).state == state


@pytest.mark.parametrize("rate", [0.0, -1.0, 11.0, float("nan"), float("inf")])
def test_a_learning_rate_out_of_range_is_refused(workspace: Workspace, run: Run, rate: float):
    with pytest.raises(ConfigError, match="Learning rate must be above 0"):
        commands.set_learning_rate(workspace, run.id, rate)


def test_asking_for_a_run_that_is_not_there_names_it(workspace: Workspace):
    with pytest.raises(UnknownNameError, match="no run called 'x'"):
        commands.pause(workspace, "x")


def lease(**changes: object) -> Lease:
    return replace(Lease("x", "running", identity(), 1.0, 1, 0, has_command=False), **changes)  # type: ignore[arg-type]


def test_who_is_gone_is_told_by_process_where_it_can_be_seen_else_by_silence():
    assert not gone(lease(age=30.0))
    assert gone(lease(age=90.0))
    assert gone(lease(holder=DEAD, age=3.0))
    assert not gone(lease(holder=DEAD, age=0.5))
    assert not gone(lease(holder="elsewhere/1/1", age=5.0))
    assert gone(lease(holder="elsewhere/1/1", age=7.0))
    assert gone(lease(holder="", age=None))


class Queue:
    """Stands for the workers: remembers what it was handed."""

    def __init__(self, workspace: Workspace) -> None:
        self.runs: list[str] = []
        self.supervisor = Supervisor(workspace, self.give, self.runs.__contains__)

    def give(self, lease: Lease) -> bool:
        self.runs.append(lease.run_id)
        return len(self.runs) < 2


def abandoned(workspace: Workspace, run: Run) -> Lease:
    """The lease of a run whose process was killed in its fourth epoch."""
    workspace.store.claim(run.id, DEAD)
    workspace.store.beat(run.id, {"checkpoint_epoch": 3})
    found = workspace.store.lease(run.id)
    assert found is not None
    return found


def test_a_run_that_lost_its_worker_is_queued_again_and_says_why(workspace: Workspace, run: Run):
    queue = Queue(workspace)
    queue.supervisor.bring_back(abandoned(workspace, run), died=True)
    again = workspace.store.run(run.id)
    assert (again.state, again.retries, again.holder) == ("queued", 1, identity())
    assert again.reason == (
        "Its worker was killed or crashed. It goes on from epoch 3 as soon as a worker is free. (Retry 1 of 3.)"
    )
    assert queue.runs == [run.id]


def test_a_run_that_loses_every_worker_fails_in_the_end(workspace: Workspace, run: Run):
    queue = Queue(workspace)
    for _ in range(RETRIES + 1):
        queue.supervisor.bring_back(abandoned(workspace, run), died=True)
    failed = workspace.store.run(run.id)
    assert failed.state == "failed"
    assert failed.reason.startswith("Its worker was killed or crashed. That happened 4 times, so it was given up.")


def test_servers_that_restart_do_not_count_against_a_run(workspace: Workspace, run: Run):
    queue = Queue(workspace)
    for _ in range(RETRIES + 3):
        queue.supervisor.bring_back(abandoned(workspace, run), died=False)
    again = workspace.store.run(run.id)
    assert (again.state, again.retries) == ("queued", 0)
    assert "The process that had it went away." in again.reason


def test_want_of_memory_is_told_apart(workspace: Workspace, run: Run, monkeypatch: pytest.MonkeyPatch):
    queue = Queue(workspace)
    queue.supervisor.over_limit(4194303)
    queue.supervisor.bring_back(abandoned(workspace, run), died=True)
    assert workspace.store.run(run.id).reason.startswith("Its worker needed more memory than a worker may have.")
    other = workspace.store.create_run("pumps", Recipe())
    queue = Queue(workspace)
    kills = supervisor.out_of_memory_kills()
    monkeypatch.setattr(supervisor, "out_of_memory_kills", lambda: kills + 1)
    queue.supervisor.bring_back(abandoned(workspace, other), died=True)
    assert workspace.store.run(other.id).reason.startswith("The machine ran out of memory")


def test_two_supervisors_bring_a_run_back_once(workspace: Workspace, run: Run):
    first, second = Queue(workspace), Queue(workspace)
    seen = abandoned(workspace, run)
    first.supervisor.bring_back(seen, died=True)
    second.supervisor.bring_back(seen, died=True)
    assert first.runs == [run.id]
    assert second.runs == []
    assert workspace.store.run(run.id).retries == 1


def test_a_resume_in_the_moment_of_the_pause_is_not_forgotten(workspace: Workspace, run: Run):
    workspace.store.command(run.id, "resume")
    workspace.store.set_state(run.id, "paused")
    queue = Queue(workspace)
    queue.supervisor.tick()
    assert workspace.store.run(run.id).state == "queued"
    queue.supervisor.tick()
    assert queue.runs == [run.id]
    assert workspace.store.open_commands(run.id) == []


def test_a_queued_run_that_another_process_has_in_hand_is_left_to_it(workspace: Workspace, run: Run):
    queue = Queue(workspace)
    queue.supervisor.tick()
    assert queue.runs == []  # just made, by a process that may take it up in a moment
    seen = workspace.store.lease(run.id)
    assert seen is not None
    workspace.store.adopt(run.id, "elsewhere/1/1", seen)
    queue.supervisor.tick()
    assert queue.runs == []


def test_runs_are_handed_out_in_the_order_they_came_and_only_while_workers_are_free(workspace: Workspace):
    runs = [workspace.store.create_run("pumps", Recipe()).id for _ in range(4)]
    for run_id in runs:
        commands.pause(workspace, run_id)
        commands.resume(workspace, run_id)
    queue = Queue(workspace)
    queue.supervisor.tick()
    assert queue.runs == runs[:2]
    assert [workspace.store.run(run_id).holder for run_id in runs[2:]] == ["", ""]  # left to other servers


def test_a_run_that_was_to_be_cancelled_when_its_worker_died_is_cancelled(workspace: Workspace, run: Run):
    abandoned(workspace, run)
    commands.cancel(workspace, run.id)
    seen = workspace.store.lease(run.id)
    assert seen is not None
    Queue(workspace).supervisor.bring_back(seen, died=True)
    assert workspace.store.run(run.id).state == "cancelled"


def test_a_server_loads_neither_torch_nor_dask_before_its_engine_is_started():
    code = (
        "import sys, core.jobs.engine; print({'torch', 'dask', 'distributed', 'sklearn', 'scipy'} & set(sys.modules))"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert said.stdout.strip() == "set()"


def test_the_database_password_is_not_printed_with_the_settings(tmp_path: Path):
    assert "secret" not in repr(replace(scratch(tmp_path), database_url="postgresql://me:secret@host/name"))
