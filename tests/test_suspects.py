"""Rows that stand apart are not trained on where no label says that the training rows are normal."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from experiment_helpers import QUICK, experiment, finished, people, store

from core.detector.experiment import Experiment
from core.detector.files import SET_ASIDE
from core.detector.rescore import rescore
from core.index.schema import infer_schema
from core.index.table import Table
from core.modalities.tabular.samples import TabularSamples
from core.presets import PRESETS
from core.recipe import Recipe, ScoreConfig, SplitConfig
from core.results.finished_run import FinishedRun
from core.store.artifacts import Artifacts
from core.training.control import Control
from core.training.suspects import LEAST, suspects

SHARE = 0.25
UNLABELLED = replace(
    QUICK, training=replace(QUICK.training, set_aside=SHARE), split=SplitConfig(validation=0.2), members=1
)


def rows(n: int = 400, odd: int = 24) -> np.ndarray:
    """Normal rows, and behind them a dense group of anomalies far from them."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(n, 5))
    x[n - odd :] = 6 + 0.1 * rng.normal(size=(odd, 5))
    return x.astype(np.float32)


@pytest.fixture(scope="module")
def unlabelled(tmp_path_factory: pytest.TempPathFactory) -> Experiment:
    return finished(people().drop(columns="label"), tmp_path_factory.mktemp("unlabelled"), UNLABELLED)


def test_a_dense_group_of_anomalies_is_set_aside() -> None:
    found = suspects(rows(), 0.15, seed=0)
    assert len(found) == 60
    assert set(range(376, 400)) <= set(found.tolist())


def test_same_seed_sets_the_same_rows_aside() -> None:
    assert np.array_equal(suspects(rows(), 0.2, seed=3), suspects(rows(), 0.2, seed=3))


def test_scale_of_huge_numbers_does_not_matter() -> None:
    x = rows()
    x[5] = 1e30
    found = suspects(x, 0.15, seed=0)
    assert 5 in found
    assert set(range(376, 400)) <= set(found.tolist())


@pytest.mark.parametrize(("n", "share"), [(LEAST - 1, 0.5), (400, 0.0)])
def test_too_few_rows_or_no_share_set_nothing_aside(n: int, share: float) -> None:
    assert len(suspects(rows(n, 0), share, seed=0)) == 0


def test_a_run_without_labels_says_how_many_rows_were_not_trained_on(unlabelled: Experiment) -> None:
    result = unlabelled.result
    count = round(SHARE * (result.train_rows + result.validation_rows))
    assert f"the {count} of {result.train_rows + result.validation_rows} that stand apart most" in result.note
    assert unlabelled._trainer is not None
    kept = len(unlabelled._trainer._units)
    assert result.train_rows - count <= kept < result.train_rows
    assert unlabelled.scores is not None
    assert np.isfinite(unlabelled.scores.score).all()


def test_rows_that_are_labelled_normal_all_teach(tmp_path: Path) -> None:
    """With labels the setting changes nothing, not even the last bit."""
    on, off = (
        finished(people(), tmp_path, replace(QUICK, training=replace(QUICK.training, set_aside=share)))
        for share in (SHARE, 0.0)
    )
    assert on.scores is not None
    assert off.scores is not None
    assert np.array_equal(on.scores.score, off.scores.score)
    assert "stand apart" not in on.result.note


def test_labels_that_are_not_used_do_not_make_rows_known_as_normal(tmp_path: Path) -> None:
    split = replace(UNLABELLED.split, train_on="all")
    assert "stand apart" in finished(people(), tmp_path, replace(UNLABELLED, split=split)).result.note


def test_threshold_looks_at_rows_that_were_set_aside_too(unlabelled: Experiment) -> None:
    """Else a quarter of all new rows would be flagged."""
    assert unlabelled.scores is not None
    assert unlabelled._split.validation.size
    validation = unlabelled.scores.score[unlabelled._split.validation]
    assert (validation > unlabelled.trained.threshold).mean() < 0.1


def test_run_goes_on_from_a_checkpoint_with_the_same_rows_set_aside(tmp_path: Path, unlabelled: Experiment) -> None:
    frame = people().drop(columns="label")
    begun = experiment(frame, tmp_path, UNLABELLED)
    run = begun.run()
    next(run)
    kept = begun.checkpoint()
    run.close()
    again = experiment(frame, tmp_path, UNLABELLED)
    list(again.run(checkpoint=kept))
    assert again.scores is not None
    assert unlabelled.scores is not None
    assert np.array_equal(again.scores.score, unlabelled.scores.score)


def test_another_score_learns_from_the_same_rows(tmp_path: Path, unlabelled: Experiment) -> None:
    artifacts, config = Artifacts(str(tmp_path / "storage")), ScoreConfig(kind="local")
    unlabelled.save(artifacts, "runs/run")
    assert artifacts.exists(f"runs/run/{SET_ASIDE}")
    record = SimpleNamespace(id="run", state="done", result=unlabelled.result.to_dict(), recipe=UNLABELLED)

    class Run(FinishedRun):
        """The files of a run, in no workspace."""

        samples = unlabelled.samples

    rescored = rescore(Run(SimpleNamespace(artifacts=artifacts), record, config.name), Control())
    direct = finished(people().drop(columns="label"), tmp_path, replace(UNLABELLED, score=config))
    assert rescored["threshold"] == pytest.approx(direct.result.threshold)


def test_recommended_finds_a_group_of_anomalies_that_it_was_trained_on(tmp_path: Path) -> None:
    frame = pd.DataFrame(rows(), columns=list("abcde")).assign(label=[0] * 376 + [1] * 24)
    quick = {"training.steps": 60, "training.warmup_steps": 5, "members": 1, "train_on": "all", "test": 0.0}
    table = Table(store(frame, tmp_path))

    def auroc(recipe: Recipe) -> float:
        made = Experiment(TabularSamples(table, infer_schema(table)), recipe)
        list(made.run())
        assert made.result.auroc is not None
        return made.result.auroc

    recipe = PRESETS["Recommended"].recipe.with_set(quick)
    assert auroc(recipe) > 0.98 > auroc(recipe.with_set({"set_aside": 0.0}))
