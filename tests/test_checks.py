"""Checks that warn: what holds for each of them, and for each a run that it warns of and one that it does not."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from derived_helpers import derived
from experiment_helpers import QUICK
from test_compare import add_people, train

from core.checks import CHECKS, CheckInput, Finding
from core.compare.comparison_data import ComparisonData
from core.jobs.derived.checks import DerivedChecks
from core.metrics.evaluation import judged_rows
from core.metrics.groups import PARTS
from core.recipe import SplitConfig
from core.results.finished_run import FinishedRun
from core.results.scored import ScoredRows
from core.store.workspace import Workspace, open_workspace

LONG = replace(QUICK, training=replace(QUICK.training, steps=400))


@pytest.fixture(scope="module")
def space(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ANOMALENS_HOME", str(tmp_path_factory.mktemp("checks")))
        return open_workspace()


@pytest.fixture(scope="module")
def people_id(space: Workspace) -> str:
    return add_people(space)


@pytest.fixture(scope="module")
def case(space: Workspace, people_id: str) -> CheckInput:
    """A run that learnt well."""
    return case_of(space, train(space, people_id, LONG))


def case_of(space: Workspace, run_id: str) -> CheckInput:
    return CheckInput(ComparisonData.of(FinishedRun.open(space, run_id)))


def rows(labels: np.ndarray, scores: np.ndarray, parts: np.ndarray, **more: Any) -> CheckInput:
    """A run of which only its scores are known."""
    recipe, scored = replace(QUICK, seed=0), ScoredRows(scores, labels.astype(np.int8), parts.astype(np.uint8))
    run = SimpleNamespace(
        recipe=recipe,
        score_config=recipe.score,
        scored=scored,
        labelled=bool((labels >= 0).any()),
        train=np.flatnonzero(parts == 0),
        is_judged=judged_rows(labels, np.array(PARTS, dtype=object)[scored.part])[1],
        detector=None,
    )
    return CheckInput(SimpleNamespace(run=run, train=run.train, **more))  # type: ignore[arg-type]


def check(name: str, case: CheckInput) -> Finding:
    return CHECKS[name]().check(case)


@pytest.mark.parametrize("name", CHECKS.names())
def test_a_check_says_what_it_is_why_it_matters_and_what_to_do(name: str):
    cls = CHECKS[name]
    assert cls.title
    assert cls.why.endswith(".")
    assert cls.remedy.endswith(".")
    described = cls.describe(name, Finding("warning", "Found.", {"number": 1.0}))
    assert described["why"] == cls.why
    assert cls.describe(name, Finding("fine", "Found."))["remedy"] == ""


@pytest.mark.parametrize("name", CHECKS.names())
def test_a_check_finds_the_same_twice_and_says_it_in_sentences(name: str, case: CheckInput):
    finding = check(name, case)
    assert finding == check(name, case)
    assert finding.level in {"fine", "skipped", "warning"}
    assert finding.found.endswith(".")
    assert all(np.isfinite(value) for value in finding.numbers.values())


@pytest.mark.parametrize("name", ["constant-scores", "same-reconstruction", "extrapolation", "shuffled-labels"])
def test_a_run_that_learnt_well_is_not_warned_of(name: str, case: CheckInput):
    assert check(name, case).level == "fine"


def test_scores_that_are_all_the_same_are_warned_of():
    labels, parts = np.zeros(100), np.full(100, 2)
    same, half = np.ones(100), np.r_[np.zeros(60), np.arange(40.0)]
    assert check("constant-scores", rows(labels, same, parts)).level == "warning"
    assert "61 %" in check("constant-scores", rows(labels, half, parts)).found
    assert check("constant-scores", rows(labels, np.arange(100.0), parts)).level == "fine"


def test_a_network_that_never_learnt_gives_back_the_same_row_always(space, people_id):
    once = replace(QUICK, training=replace(QUICK.training, steps=1, learning_rate=1e-6))
    finding = check("same-reconstruction", case_of(space, train(space, people_id, once)))
    assert finding.level == "warning"
    assert finding.numbers["variance_kept"] < 0.05


def test_an_encoding_that_ends_at_the_largest_training_value_hides_what_is_beyond(space, people_id):
    # Quantiles of numbers are the same for every value beyond the training rows.
    recipe = replace(LONG, encoding={"numbers": "quantile"}, score=replace(LONG.score, normalise="rank"))
    ended = check("extrapolation", case_of(space, train(space, people_id, replace(recipe, members=1))))
    assert set(ended.numbers) == {"rising", "far_above_usual", "noise_above_usual"}
    assert ended.numbers["rising"] < 0.9


def test_a_score_that_falls_away_from_the_data_is_warned_of(case: CheckInput, monkeypatch):
    monkeypatch.setattr(
        CheckInput, "score", lambda self, frame: 1 / (1 + np.abs(frame["height"].to_numpy(dtype=float)))
    )
    finding = check("extrapolation", case)
    assert finding.level == "warning"
    assert finding.numbers["far_above_usual"] < 0.9


def test_judging_rows_that_trained_beside_rows_that_did_not_is_found_with_shuffled_labels():
    rng = np.random.default_rng(0)
    # No test part was kept apart, so that all rows are judged: those that trained score low.
    parts = np.r_[np.zeros(300), np.ones(200)]
    labels = np.r_[np.zeros(300), rng.random(100) < 0.3, np.ones(100)]
    scores = rng.normal(size=500) + (parts > 0)
    found = check("shuffled-labels", rows(labels, scores, parts))
    assert found.level == "warning"
    assert found.numbers["auroc"] > 0.6
    fair = check("shuffled-labels", rows(labels, rng.normal(size=500), parts))
    assert fair.level == "fine"
    assert check("shuffled-labels", rows(np.full(500, -1), scores, parts)).level == "skipped"


def test_normal_rows_of_the_test_part_that_score_higher_than_the_training_are_warned_of():
    rng = np.random.default_rng(0)
    parts, labels = np.repeat([0, 2], 200), np.zeros(400)
    scores = rng.normal(size=400)
    assert check("unseen-rows", rows(labels, scores, parts)).level == "fine"
    assert check("unseen-rows", rows(labels, scores + (parts == 2), parts)).level == "warning"
    assert check("unseen-rows", rows(labels, scores, np.zeros(400))).level == "skipped"


def test_anomalies_among_the_training_rows_are_warned_of():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(400, 3)).astype(np.float32)
    scores = np.exp(rng.normal(size=400))
    parts, unknown = np.zeros(400), np.full(400, -1)
    assert check("contamination", rows(unknown, scores, parts, x_train=x)).level == "fine"
    few = scores.copy()
    few[:12] = np.exp(6.0)
    assert "3.0 % of the training rows" in check("contamination", rows(unknown, few, parts, x_train=x)).found
    labels = np.zeros(400)
    labels[:4] = 1
    assert check("contamination", rows(labels, scores, parts, x_train=x)).numbers == {"labelled": 0.01}


def test_a_check_that_breaks_says_so_and_the_others_go_on(space, people_id, monkeypatch):
    def broken(self, case):
        raise ZeroDivisionError("nothing there")

    monkeypatch.setattr(CHECKS["unseen-rows"], "check", broken)
    run_id = train(space, people_id, replace(QUICK, split=SplitConfig(kind="random")))
    told = derived(space, run_id, DerivedChecks())
    by_name = {one["name"]: one for one in told}
    assert set(by_name) == set(CHECKS)
    assert "nothing there" in by_name["unseen-rows"]["found"]
    assert by_name["constant-scores"]["level"] == "fine"
    monkeypatch.setattr("core.compare.comparison_data.ComparisonData.of", None)
    assert derived(space, run_id, DerivedChecks()) == told


def test_listing_the_checks_loads_neither_scikit_learn_nor_torch(tmp_path: Path):
    import subprocess
    import sys

    code = (
        "import sys; from core.checks import CHECKS; CHECKS.names(); import core.jobs.derived.comparison;"
        "assert not {'sklearn', 'scipy', 'torch', 'pandas'} & set(sys.modules), set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
