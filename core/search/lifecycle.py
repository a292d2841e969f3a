"""Starts, feeds, stops, resumes and ends searches, from any process and without Optuna.

A stopped search's trials are paused as runs are, into checkpoints, and go on from there when it is resumed.
"""

import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from core import catalogue
from core.errors import ConfigError
from core.index.labels import read_labels
from core.modalities.nouns import nouns_of
from core.modalities.recognise import modality_of
from core.recipe import Recipe
from core.search.leaderboard import leaderboard
from core.search.plan import SearchPlan
from core.store import commands
from core.store.base import new_id
from core.store.records import Run, Search
from core.store.workspace import Workspace


def start(workspace: Workspace, dataset_id: str, plan: SearchPlan, name: str = "") -> Search:
    """A new search on a dataset; whoever tends to searches makes its trials.

    Raises
    ------
    ConfigError, DataError, UnknownNameError
        When it could not judge any trial: no feature, no such model, too few labels.
    """
    from core.index.schema import Schema
    from core.index.split import split_rows
    from core.index.table import Table
    from core.search.rows import divide

    dataset = workspace.store.dataset(dataset_id)
    schema = Schema.from_dict(dataset.schema)
    modality = modality_of(dataset.modality)
    _refuse_models_of_other_kinds(plan.models, dataset.modality)
    modality.check_schema(schema)
    table = Table.open(dataset, workspace.artifacts)
    labels = read_labels(table, schema)
    division = divide(split_rows(table, schema, plan.split, plan.seed), labels, plan.objective, plan.seed)
    plan = replace(plan, objective=division.objective, modality=dataset.modality)
    search_id = new_id()
    # As it is now: somebody may change it before the last trial begins.
    workspace.artifacts.write_json(f"searches/{search_id}/schema.json", dataset.schema)
    facts = {
        "note": nouns_of(dataset.modality)(division.note),
        "select": len(division.select),
        "estimate": len(division.estimate),
    }
    return workspace.store.create_search(dataset_id, plan.to_dict(), name, id=search_id, division=facts)


def _refuse_models_of_other_kinds(names: Sequence[str], modality: str) -> None:
    """Every model that is named must read the dataset's kind of data, and where none is named one must be there."""
    samples = nouns_of(modality).samples
    fitting = [info.name for info in catalogue.models(modality_of(modality).axes)]
    strange = [name for name in names if catalogue.model(name).name not in fitting]
    if not fitting:
        raise ConfigError(f"No model here reads {samples}, so that nothing can be tried. Choose other data.")
    if strange:
        raise ConfigError(
            f"The model {strange[0]!r} does not read {samples}. Choose among {', '.join(sorted(fitting))}."
        )


def advance(workspace: Workspace, search_id: str, at_once: int) -> None:
    """Make the trials that a running search wants now, or end it when it has had its share.

    Parameters
    ----------
    at_once
        Trials at a time where the plan does not say.
    """
    store = workspace.store
    search = store.search(search_id)
    if not search.active:
        return
    plan = SearchPlan.from_dict(search.plan)
    late = seconds_left(search) <= 0
    if late:
        store.drop_queued(search_id)
    _, active = store.add_trials(search_id, plan.at_once or at_once, 0 if late else plan.most)
    if not active:
        _finish(workspace, search, "The time is up." if late else "")


def advance_all(workspace: Workspace) -> None:
    """Tend to every search that goes on."""
    for search in workspace.store.searches(state="running"):
        advance(workspace, search.id, workspace.settings.workers)


def stop(workspace: Workspace, search_id: str) -> str:
    """Let a search rest; says in a sentence what happens."""
    store = workspace.store
    search = store.search(search_id)
    spent = _spent(search)
    if not store.move_search(search_id, "stopped", "It was stopped.", sources=("running",), seconds=spent):
        return f"This search is {search.state}, so there is nothing to stop."
    store.drop_queued(search_id)
    for trial in store.trials(search_id):
        if trial.active:
            commands.pause(workspace, trial.id)
    return "It stops within a second; what was tried is kept, and it can be resumed."


def resume(workspace: Workspace, search_id: str, *, trials: int | None = None, minutes: float | None = None) -> str:
    """Let a search go on, with another limit where one is given; says in a sentence what happens.

    Raises
    ------
    ConfigError
        When it has had all the trials or the time that it may have.
    """
    store = workspace.store
    search = store.search(search_id)
    if search.active:
        return "It goes on already."
    plan = SearchPlan.from_dict(search.plan)
    if trials is not None or minutes is not None:
        plan = replace(
            plan,
            trials=plan.trials if trials is None else trials,
            minutes=plan.minutes if minutes is None else minutes,
        )
        plan = SearchPlan.from_dict(plan.to_dict())
    trials_so_far = store.trials(search_id)
    open_trials = [trial for trial in trials_so_far if trial.active]
    if not open_trials and len(trials_so_far) >= plan.most:
        raise ConfigError(f"This search has made its {plan.most} trials. Give it more than that to go on.")
    if plan.minutes and search.seconds >= 60 * plan.minutes:
        raise ConfigError(f"This search has had its {plan.minutes:g} minutes. Give it more than that to go on.")
    store.update_search(search_id, plan=plan.to_dict())
    store.move_search(search_id, "running", sources=("stopped", "done", "failed"))
    for trial in open_trials:
        commands.resume(workspace, trial.id)
    return "It goes on as soon as a worker is free."


def trial_recipe(workspace: Workspace, search_id: str, trial: int | None = None) -> tuple[Search, Recipe, str]:
    """The recipe of a trial, or of the best one, and a name, to train an ordinary run with.

    Raises
    ------
    ConfigError
        When there is no such trial, or none has a score yet.
    """
    search = workspace.store.search(search_id)
    trials = workspace.store.trials(search_id)
    best = leaderboard(search, trials).best
    number = trial if trial is not None else best
    if number is None:
        raise ConfigError("No trial of this search has a score yet. Wait for the first one, or start another search.")
    found = next((t for t in trials if t.trial == number), None)
    if found is None or not (found.result or {}).get("params"):
        raise ConfigError(f"This search has no trial {number} that has begun. Choose one of 1 to {len(trials)}.")
    recipe = found.recipe
    return search, recipe, f"{recipe.preset or recipe.model}, trial {number} of {search.name}"


def seconds_left(search: Search) -> float:
    """Seconds until a search's time is up; infinite where it has no limit."""
    minutes = SearchPlan.from_dict(search.plan).minutes
    return 60 * minutes - _spent(search) if minutes else math.inf


def _spent(search: Search) -> float:
    since = 0.0 if search.since is None else (datetime.now(UTC) - search.since).total_seconds()
    return search.seconds + max(0.0, since)


def _finish(workspace: Workspace, search: Search, why: str) -> None:
    trials = workspace.store.trials(search.id)
    scored = any((trial.result or {}).get("outcome") == "complete" for trial in trials)
    state = "done" if scored or not trials else "failed"
    reason = why if state == "done" else f"No trial came to an end. {_last_reason(trials)}".strip()
    workspace.store.move_search(search.id, state, reason, sources=("running",), seconds=_spent(search))


def _last_reason(trials: list[Run]) -> str:
    reasons: list[Any] = [trial.reason for trial in trials if trial.reason]
    return f"The last one: {reasons[-1]}" if reasons else ""
