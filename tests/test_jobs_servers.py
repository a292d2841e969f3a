"""Servers that are killed, closed and restarted while runs go on: none is lost, none is done twice."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from job_helpers import LONG, add_table, losses, recipe, undisturbed, until_epoch, until_further, until_state
from store_backends import scratch
from waiting import WAIT, until

from core.settings import Settings
from core.store import commands
from core.store.workspace import Workspace, open_workspace

pytestmark = pytest.mark.processes

SERVER = Path(__file__).with_name("jobs_server.py")


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    opened = open_workspace(replace(scratch(tmp_path), workers=1))
    yield opened
    opened.store.close()


@contextmanager
def process(settings: Settings, *command: str) -> Iterator[subprocess.Popen[bytes]]:
    environment = os.environ | {
        "ANOMALENS_HOME": str(settings.home),
        "ANOMALENS_DATABASE_URL": settings.database_url,
        "ANOMALENS_STORAGE": settings.storage,
        "ANOMALENS_WORKERS": str(settings.workers),
        "DASK_SCHEDULER_ADDRESS": settings.scheduler,
        "PYTHONPATH": str(SERVER.parents[1]),
    }
    log = settings.home / f"{len(list(settings.home.glob('*.log')))}.log"
    with log.open("wb") as said:
        started = subprocess.Popen(
            [sys.executable, *command],
            env=environment,
            stdout=said,
            # What a killed process leaves behind complains, and long after the test.
            stderr=subprocess.STDOUT,
            # Where the tests run in the background, Ctrl-C would be ignored by whatever they start.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        )
    try:
        yield started
    finally:
        started.kill()
        started.wait(WAIT)
        print(log.read_text(errors="replace"))  # shown where the test fails


def offer(workspace: Workspace, run_id: str) -> None:
    """Let whichever server comes first take a queued run up."""
    commands.pause(workspace, run_id)
    commands.resume(workspace, run_id)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_a_server_that_is_killed_or_closed_and_restarted_goes_on_with_its_run_and_the_same_losses(
    workspace: Workspace, how: signal.Signals
):
    store = workspace.store
    run_id = store.create_run(add_table(workspace), recipe(LONG)).id
    with process(workspace.settings, str(SERVER), run_id) as server:
        until_epoch(store, run_id, 1)
        server.send_signal(how)
        server.wait(WAIT)
    assert store.run(run_id).state == "running"
    with process(workspace.settings, str(SERVER)):
        until(lambda: store.run(run_id).attempt == 2, "the other server had taken it up")
        until_further(store, run_id)
        commands.stop(workspace, run_id)
        stopped = until_state(store, run_id, "stopped")
    assert (stopped.attempt, stopped.retries) == (2, 0)
    assert any("The process that had it went away." in t.reason for t in store.transitions(run_id))
    whole = losses(store, run_id)[:-1]  # the last epoch was cut short
    assert whole == undisturbed(len(whole))


def test_a_run_on_a_cluster_goes_on_when_its_server_leaves(workspace: Workspace):
    about = Path(workspace.settings.home) / "scheduler.json"
    store = workspace.store
    run = store.create_run(add_table(workspace), recipe(LONG))
    dask = ("-W", "ignore", "-m", "dask")
    quiet = ("--no-dashboard", "--dashboard-address", "127.0.0.1:0")
    with ExitStack() as stack:
        # It takes a port that is free and says which: one that was free a moment ago may be taken.
        found = ("--host", "127.0.0.1", "--port", "0", "--scheduler-file", str(about))
        stack.enter_context(process(workspace.settings, *dask, "scheduler", *found, *quiet))
        until(about.exists, "the scheduler has said where it is")
        address = json.loads(about.read_text(encoding="utf-8"))["address"]
        settings = replace(workspace.settings, scheduler=address)
        stack.enter_context(
            process(settings, *dask, "worker", address, "--nthreads", "1", "--resources", "train=1", "--no-dashboard")
        )
        server = stack.enter_context(process(settings, str(SERVER), "--leave", run.id))
        server.wait(WAIT)
        until_further(store, run.id)
        commands.stop(workspace, run.id)
        stopped = until_state(store, run.id, "stopped")
        assert (stopped.attempt, stopped.retries) == (1, 0)
        whole = losses(store, run.id)[:-1]  # the last epoch was cut short
        assert whole == undisturbed(len(whole))


def test_two_servers_on_one_store_share_the_runs_and_do_none_twice(workspace: Workspace):
    store = workspace.store
    dataset_id = add_table(workspace)
    runs = [store.create_run(dataset_id, recipe(20, seed=seed)) for seed in range(3)]
    with process(workspace.settings, str(SERVER)), process(workspace.settings, str(SERVER)):
        for run in runs:
            offer(workspace, run.id)
        for run in runs:
            assert until_state(store, run.id, "done").attempt == 1
    for run in runs:
        assert [t.state for t in store.transitions(run.id)][-3:] == ["queued", "running", "done"]
        assert [e["epoch"] for e in store.epochs(run.id)] == list(range(1, 21))
