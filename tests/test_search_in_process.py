"""Searches from begin to end in this process: labels or none, failures, limits, stopping and going on."""

import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from search_helpers import add_planted, tiny
from store_backends import scratch

from core.errors import ConfigError, DataError, UnknownNameError
from core.jobs.search.in_process import run_in_process
from core.jobs.search.trial import TrialJob
from core.models.dense import DenseAutoencoder
from core.search import lifecycle
from core.search.leaderboard import leaderboard
from core.store.records import Run, Search
from core.store.workspace import Workspace, open_workspace


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    opened = open_workspace(scratch(tmp_path))
    yield opened
    opened.store.close()


def outcomes(workspace: Workspace, search: Search) -> list[str]:
    return [trial.state for trial in leaderboard(search, workspace.store.trials(search.id)).trials]


def test_a_search_by_labels_tries_presets_and_more_and_tells_how_good_the_best_is_on_rows_it_never_saw(workspace):
    search = lifecycle.start(workspace, add_planted(workspace), tiny(6))
    assert search.plan["objective"] == "labels"
    search = run_in_process(workspace, search.id)
    assert (search.state, search.reason) == ("done", "")
    now = leaderboard(search, workspace.store.trials(search.id))
    assert [trial.number for trial in now.trials] == list(range(1, 7))
    assert now.trials[0].name == "Recommended"
    best = now.trial(now.best)
    assert best.value == max(trial.value for trial in now.trials if trial.state == "complete")
    values = [value for _, value in now.curve]
    assert values == sorted(values)
    assert values[-1] == best.value
    assert now.estimate["low"] <= now.estimate["average_precision"] <= now.estimate["high"]
    assert now.estimate["rows"] == search.division["estimate"]
    assert len({str(trial.params) for trial in now.trials}) == 6
    # No trial stands among the runs, and none leaves a file behind.
    assert workspace.store.runs() == []
    assert [name for name in workspace.artifacts.list() if name.startswith("runs/")] == []


def test_the_same_seed_tries_the_same_recipes_and_finds_the_same_values(workspace):
    dataset = add_planted(workspace)
    found = []
    for _ in range(2):
        search = lifecycle.start(workspace, dataset, tiny(4, pruner="none"))
        run_in_process(workspace, search.id)
        found.append([(t.recipe.to_dict(), t.result["value"]) for t in workspace.store.trials(search.id)])
    assert found[0] == found[1]


def test_a_search_without_labels_ranks_by_every_kind_of_synthetic_anomaly_and_by_agreement(workspace):
    search = lifecycle.start(workspace, add_planted(workspace, labelled=False), tiny(5, pruner="none"))
    search = run_in_process(workspace, search.id)
    now = leaderboard(search, workspace.store.trials(search.id))
    assert search.plan["objective"] == "unlabelled"
    assert now.estimate is None
    for trial in now.trials:
        assert set(trial.measures) == {"local", "global", "dependency", "cluster", "agreement"}
        assert trial.value == pytest.approx(sum(list(trial.measures.values())[:4]) / 4)
    assert now.trial(now.best).rank == min(trial.rank for trial in now.trials)


def test_a_trial_that_fails_says_why_and_the_search_goes_on(workspace, monkeypatch):
    forward = DenseAutoencoder.decode
    calls = {"n": 0}

    def broken(self: DenseAutoencoder, z: torch.Tensor) -> torch.Tensor:
        calls["n"] += 1
        return forward(self, z) * (math.nan if self.training and self.latent > 1 and calls["n"] % 2 else 1.0)

    search = lifecycle.start(workspace, add_planted(workspace), tiny(4, models=["vae"], pruner="none"))
    ends: list[Run] = []

    def ended(run: Run) -> None:
        ends.append(run)
        monkeypatch.setattr(DenseAutoencoder, "decode", broken if len(ends) == 1 else forward)

    search = run_in_process(workspace, search.id, ended)
    assert outcomes(workspace, search) == ["complete", "failed", "complete", "complete"]
    assert "stopped being a finite number" in ends[1].reason
    assert search.state == "done"


def test_a_search_of_which_every_trial_fails_says_so(workspace):
    search = lifecycle.start(workspace, add_planted(workspace), tiny(2))
    workspace.artifacts.delete(f"datasets/{search.dataset_id}")
    search = run_in_process(workspace, search.id)
    assert search.state == "failed"
    assert search.reason.startswith("No trial came to an end. The last one:")


def test_a_bad_trial_is_ended_early_and_counts(workspace, monkeypatch):
    monkeypatch.setattr("core.search.candidate.Candidate.signal", lambda self: -float(self.recipe.seed))
    monkeypatch.setattr("core.search.study.STARTUP", 1)
    monkeypatch.setattr("core.jobs.search.trial.TrialJob._begin", _worse_each_time)
    search = lifecycle.start(workspace, add_planted(workspace), tiny(4))
    search = run_in_process(workspace, search.id)
    assert "pruned" in outcomes(workspace, search)
    (reason,) = {t.reason for t in workspace.store.trials(search.id) if t.result["outcome"] == "pruned"}
    assert reason == "After 40 % of its training it was behind the others."


_begin = TrialJob._begin


def _worse_each_time(self: TrialJob, study: object) -> None:
    _begin(self, study)
    self._recipe = replace(self._recipe, seed=int(self._run.trial or 0))


def test_a_stopped_search_rests_and_goes_on_with_the_same_study(workspace):
    store = workspace.store
    search = lifecycle.start(workspace, add_planted(workspace), tiny(6))
    search = run_in_process(
        workspace, search.id, lambda run: lifecycle.stop(workspace, search.id) if run.trial == 3 else None
    )
    assert search.state == "stopped"
    assert [trial.trial for trial in store.trials(search.id)] == [1, 2, 3]
    lines = len(store.read_log(search.id))
    lifecycle.resume(workspace, search.id)
    search = run_in_process(workspace, search.id)
    assert (search.state, len(store.trials(search.id))) == ("done", 6)
    created = [entry for entry in store.read_log(search.id) if entry["op_code"] == 4]
    assert len(created) == 6
    assert len(store.read_log(search.id)) > lines
    with pytest.raises(ConfigError, match="has made its 6 trials"):
        lifecycle.resume(workspace, search.id)
    lifecycle.resume(workspace, search.id, trials=7)
    assert len(store.trials(run_in_process(workspace, search.id).id)) == 7


def test_a_search_whose_time_is_up_ends(workspace):
    search = lifecycle.start(workspace, add_planted(workspace), tiny(0, minutes=10.0))
    lifecycle.advance(workspace, search.id, 1)
    plan = {**search.plan, "minutes": 1e-6}
    workspace.store.update_search(search.id, plan=plan)
    search = run_in_process(workspace, search.id)
    assert (search.state, search.reason) == ("done", "The time is up.")
    assert workspace.store.trials(search.id) == []


def test_the_best_recipe_can_be_kept_in_full(workspace):
    search = lifecycle.start(workspace, add_planted(workspace), tiny(3))
    with pytest.raises(ConfigError, match="No trial of this search has a score yet"):
        lifecycle.trial_recipe(workspace, search.id)
    run_in_process(workspace, search.id)
    _, recipe, name = lifecycle.trial_recipe(workspace, search.id, 1)
    assert recipe.training.steps == 800  # not the ten that the trial got
    assert name == "Recommended, trial 1 of Search 1"
    with pytest.raises(ConfigError, match="no trial 9"):
        lifecycle.trial_recipe(workspace, search.id, 9)


def test_what_cannot_be_searched_is_refused_before_any_trial(workspace):
    dataset = add_planted(workspace, labelled=False)
    with pytest.raises(DataError, match="Choosing by labels takes"):
        lifecycle.start(workspace, dataset, tiny(objective="labels"))
    with pytest.raises(UnknownNameError, match="nonsense"):
        lifecycle.start(workspace, dataset, tiny(models=["nonsense"]))
    assert workspace.store.searches() == []


def test_a_deleted_search_leaves_nothing(workspace):
    search = lifecycle.start(workspace, add_planted(workspace), tiny(2))
    run_in_process(workspace, search.id)
    workspace.delete_search(search.id)
    assert workspace.store.searches() == []
    assert [name for name in workspace.artifacts.list() if search.id in name] == []
