"""A table of users and items, most of it blank: from the file to the items that a row would like."""

import numpy as np
import pandas as pd
import pytest

from core.detector.experiment import Experiment
from core.index.schema import infer_schema
from core.index.table import Table
from core.modalities.tabular.samples import TabularSamples
from core.presets import PRESETS
from core.recipe import Recipe
from dashboard.explore.panels.filled_in import blanks_of, fills_in

USERS, ITEMS = 1200, 24


@pytest.fixture(scope="module")
def tastes() -> np.ndarray:
    """Ratings from 1 to 5 by two tastes, complete."""
    rng = np.random.default_rng(0)
    return np.clip(3 + rng.normal(size=(USERS, 2)) @ rng.normal(size=(2, ITEMS)), 1, 5)


@pytest.fixture(scope="module")
def rated(tastes: np.ndarray, tmp_path_factory: pytest.TempPathFactory) -> tuple[Experiment, pd.DataFrame]:
    """A trained network, and the table of which it saw 40 %."""
    rng = np.random.default_rng(1)
    frame = pd.DataFrame(tastes, columns=[f"item {j}" for j in range(ITEMS)]).mask(rng.random(tastes.shape) < 0.6)
    # Every tenth user rates at random, which no taste explains.
    odd = np.arange(USERS) % 10 == 0
    frame[odd] = pd.DataFrame(rng.uniform(1, 5, tastes.shape), columns=frame.columns).where(frame.notna())[odd]
    path = tmp_path_factory.mktemp("ratings") / "data.parquet"
    frame.assign(label=odd.astype(int)).to_parquet(path)
    table = Table(path)
    recipe = PRESETS["Ratings"].recipe.with_set({"latent": 6, "dropout": 0.1, "training.epochs": 60})
    experiment = Experiment(TabularSamples(table, infer_schema(table).with_label("label")), recipe)
    list(experiment.run())
    return experiment, frame


def test_ratings_that_no_taste_explains_are_found(rated: tuple[Experiment, pd.DataFrame]) -> None:
    assert rated[0].result.auroc is not None
    assert rated[0].result.auroc > 0.85


def test_blanks_are_filled_in_better_than_by_the_items_means(
    rated: tuple[Experiment, pd.DataFrame], tastes: np.ndarray
) -> None:
    experiment, frame = rated
    usual = np.flatnonzero(np.arange(USERS) % 10 != 0)[:200]
    told = experiment.trained.explain(frame.iloc[usual]).pivot(index="row", columns="feature", values="expected_value")
    expected = told[list(frame.columns)].to_numpy()
    blank = frame.iloc[usual].isna().to_numpy()
    ours = np.abs(expected - tastes[usual])[blank].mean()
    means = np.abs(frame.mean().to_numpy() - tastes[usual])[blank].mean()
    assert ours < 0.6 * means


def test_blanks_have_no_part_in_a_rows_score(rated: tuple[Experiment, pd.DataFrame]) -> None:
    experiment, frame = rated
    told = experiment.trained.explain(frame.iloc[:50])
    assert (told.loc[told["actual"] == "", "contribution"] == 0).all()
    assert told.groupby("row")["contribution"].sum().to_numpy() == pytest.approx(1.0)


def test_items_that_a_row_would_like_come_in_order(rated: tuple[Experiment, pd.DataFrame]) -> None:
    experiment, frame = rated
    told = experiment.trained.explain(frame.iloc[3:4])
    listed = blanks_of(told)
    assert set(listed["feature"]) == set(frame.columns[frame.iloc[3].isna()])
    assert listed["expected_value"].is_monotonic_decreasing


def test_only_networks_for_ratings_fill_in() -> None:
    assert fills_in(Recipe(model="ratings"))
    assert fills_in(Recipe(model="denoising", model_settings={"base": "ratings"}))
    assert not fills_in(Recipe(model="vae"))
