"""Pause, resume, stop, cancel and other commands to a run, from any process; each answers with a sentence.

A running run's worker reads the request from the store; whatever nobody works on is changed at once.
"""

import math

from core.errors import ConfigError
from core.store.records import Run
from core.store.workspace import Workspace

HIGHEST_RATE = 10.0


def pause(workspace: Workspace, run_id: str) -> str:
    """Let a run give its worker free, and keep where it was."""
    store = workspace.store
    run = store.run(run_id)
    if run.state == "queued" and store.move(run_id, "paused", "Paused before it started.", sources=("queued",)):
        return "It is paused; resume it when you like."
    return _ask(workspace, run, "pause", "It pauses within a second.", {"paused": "It is paused already."})


def resume(workspace: Workspace, run_id: str) -> str:
    """Let a paused run go on from its checkpoint as soon as a worker is free."""
    store = workspace.store
    run = store.run(run_id)
    if run.state == "paused" and store.requeue(run_id):
        store.settle_commands(run_id, kinds=("pause", "resume"))
        return "It goes on as soon as a worker is free."
    return _ask(workspace, run, "resume", "It goes on.", {"queued": "It waits for a free worker already."})


def stop(workspace: Workspace, run_id: str) -> str:
    """Let a run end, and keep the best weights so far; one that never began is cancelled."""
    store = workspace.store
    run = store.run(run_id)
    if run.state in {"queued", "paused"} and not store.epochs_written(run_id):
        return cancel(workspace, run_id)
    answer = _ask(workspace, run, "stop", "It stops within a second and keeps the best weights.")
    store.requeue(run_id)  # a paused run needs a worker once more, to score with its best weights
    return answer


def cancel(workspace: Workspace, run_id: str) -> str:
    """Let a run end, and keep nothing of it."""
    store = workspace.store
    run = store.run(run_id)
    if run.state in {"queued", "paused"} and store.move(run_id, "cancelled", sources=("queued", "paused")):
        store.settle_commands(run_id)
        workspace.artifacts.delete(f"runs/{run_id}")
        return "It is cancelled."
    return _ask(workspace, run, "cancel", "It is cancelled within a second.")


def set_learning_rate(workspace: Workspace, run_id: str, rate: float) -> str:
    """Let a run train on with another learning rate; a queued or paused one takes it when it goes on.

    Raises
    ------
    ConfigError
        When the rate is no number in the range that training allows.
    """
    if not (math.isfinite(rate) and 0 < rate <= HIGHEST_RATE):
        raise ConfigError(f"Learning rate must be above 0 and at most {HIGHEST_RATE:g}. Got {rate:g}.")
    run = workspace.store.run(run_id)
    return _ask(workspace, run, "learning_rate", f"It trains on with the learning rate {rate:g}.", value=rate)


def _ask(
    workspace: Workspace,
    run: Run,
    kind: str,
    answer: str,
    otherwise: dict[str, str] | None = None,
    *,
    value: float | None = None,
) -> str:
    if not run.active:
        return f"This run has ended ({run.state}), so there is nothing to change. Clone it to train again."
    if run.state in (otherwise or {}):
        return (otherwise or {})[run.state]
    workspace.store.command(run.id, kind, value)
    return answer
