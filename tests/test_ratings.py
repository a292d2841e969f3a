"""A table of users and items, most of it blank: from the file to the items that a row would like."""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from core import catalogue
from core.bench.explanations import trained_on
from core.detector.experiment import Experiment
from core.detector.trained import load
from core.errors import DataError
from core.explain.families.stored import compute_families
from core.explain.methods import METHODS
from core.index.schema import infer_schema
from core.index.table import Table
from core.modalities.tabular.explainer import TabularExplainer
from core.modalities.tabular.samples import TabularSamples
from core.params import to_dict
from core.presets import PRESETS
from core.recipe import Recipe, ScoreConfig
from core.scoring.errors import row_errors
from core.scoring.fitted_scores import fit_scores, fitted_to_bytes
from core.store.artifacts import Artifacts
from core.training.checkpoint import pack, unpack
from dashboard.explore.panels.expected_blanks import blanks_of

USERS, ITEMS = 1200, 24
RECIPE = PRESETS["Ratings"].recipe.with_set({"latent": 6, "dropout": 0.1, "training.epochs": 60})


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
    experiment = Experiment(TabularSamples(table, infer_schema(table).with_label("label")), RECIPE)
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


def test_only_networks_that_impute_list_what_belongs_in_blanks() -> None:
    assert catalogue.imputes(Recipe(model="ratings"))
    assert catalogue.imputes(Recipe(model="denoising", model_settings={"base": "ratings"}))
    assert not catalogue.imputes(Recipe(model="vae"))


def test_blanks_are_no_columns_of_their_own(rated: tuple[Experiment, pd.DataFrame]) -> None:
    trained = rated[0].trained
    assert trained is not None
    assert trained.members[0].shape == (ITEMS,)
    x = trained.encoder.transform(rated[1].iloc[:50])
    assert np.array_equal(np.isnan(x), rated[1].iloc[:50].isna().to_numpy())


@pytest.fixture(scope="module")
def explainer(rated: tuple[Experiment, pd.DataFrame]) -> TabularExplainer:
    """Of a network for ratings on some of the rows."""
    return trained_on(rated[1].iloc[:400], RECIPE.with_set({"training.epochs": 10}), 0)


@pytest.mark.parametrize("method", METHODS)
def test_row_with_blanks_is_explained_in_every_way(method: str, explainer: TabularExplainer) -> None:
    contributions = np.array([reason.contribution for reason in explainer.explain(10, method).reasons])
    assert np.isfinite(contributions).all()
    assert contributions.sum() == pytest.approx(1.0)


def test_what_a_row_lacks_makes_no_part_of_its_gradients(explainer: TabularExplainer) -> None:
    told = explainer.explain(10, "gradients")
    assert any(not reason.actual for reason in told.reasons)
    assert all(reason.contribution == 0 for reason in told.reasons if not reason.actual)


def test_families_are_found_among_rows_with_blanks(explainer: TabularExplainer) -> None:
    found = compute_families(explainer, explainer.scored, explainer.threshold, ("train", "validation", "test"))
    assert found.flagged > 0
    assert found.families


@pytest.fixture(scope="module")
def stored(rated: tuple[Experiment, pd.DataFrame], tmp_path_factory: pytest.TempPathFactory) -> Artifacts:
    """The run, saved."""
    artifacts = Artifacts(str(tmp_path_factory.mktemp("stored")))
    rated[0].save(artifacts, "runs/run")
    return artifacts


def as_before(artifacts: Artifacts, folder: Path, score: ScoreConfig) -> Artifacts:
    """The run as it was stored when each column with blanks had a second one beside it that said so."""
    shutil.copytree(artifacts.local("runs/run/model.json").parent, folder / "runs" / "run")
    old = Artifacts(str(folder))
    encoder = old.read_json("runs/run/encoder.json")
    encoder["columns"] = [{"name": c["name"], **c["inner"]} for c in encoder["columns"]]
    old.write_json("runs/run/encoder.json", encoder)
    weights, values = unpack(old.read_bytes("runs/run/model.safetensors"))
    value = torch.tensor([1.0, 0.0]).repeat(ITEMS)
    beside = {n: torch.randn_like(t) for n, t in weights.items() if ITEMS in t.shape}
    for name, random in beside.items():
        axis = 1 if name == "0.encoder.0.weight" else 0
        weights[name] = torch.stack([weights[name], random], dim=axis + 1).flatten(axis, axis + 1)
    weights |= {"0.flag_of": torch.arange(1, 2 * ITEMS, 2).repeat_interleave(2), "0.value": value}
    old.write_bytes("runs/run/model.safetensors", pack(weights | {"0.flagged": torch.ones(2 * ITEMS)}, values))
    old.write_json("runs/run/model.json", old.read_json("runs/run/model.json") | {"shape": [2 * ITEMS]})
    recipe = old.read_json("runs/run/recipe.json")
    del recipe["encoding"]["blanks"]
    settings = {"latent": 6, "latent_unit": "units"}
    recipe = recipe | {"score": to_dict(score), "model_settings": recipe["model_settings"] | settings}
    old.write_json("runs/run/recipe.json", {name: value for name, value in recipe.items() if name != "modality"})
    return old


def test_run_of_before_scores_and_explains_as_it_did(
    rated: tuple[Experiment, pd.DataFrame], stored: Artifacts, tmp_path: Path
) -> None:
    experiment, frame = rated
    detector = load(as_before(stored, tmp_path / "old", ScoreConfig()), "runs/run")
    assert detector.members[0].shape == (ITEMS,)
    assert detector.recipe.encoding["blanks"] == "mask"
    assert np.array_equal(detector.score(frame).score, experiment.scores.score)
    now, then = (one.explain(frame.iloc[:20]) for one in (experiment.trained, detector))
    pd.testing.assert_frame_equal(now, then)


@pytest.mark.parametrize("kind", ["whitened", "likelihood", "latent", "huber"])
def test_score_of_a_run_of_before_keeps_what_it_learnt(
    kind: str, rated: tuple[Experiment, pd.DataFrame], stored: Artifacts, tmp_path: Path
) -> None:
    experiment, frame = rated
    config = ScoreConfig(kind)
    x = experiment.trained.encoder.transform(frame)
    fitted = fit_scores(experiment.trained.members, config, x[:400])
    expected = row_errors(experiment.trained.members, x, config, fitted_scores=fitted).errors
    old = as_before(stored, tmp_path / "old", config)
    (score,) = fitted[0]
    if kind in ("whitened", "likelihood"):
        # What was learnt of a column in which nothing ever erred.
        wide = {name: torch.zeros([2 * ITEMS] * t.ndim, dtype=t.dtype) for name, t in score.state.items()}
        for name, tensor in score.state.items():
            wide[name][(slice(None, None, 2),) * tensor.ndim] = tensor
        score.state = wide
    old.write_bytes("runs/run/score.safetensors", fitted_to_bytes(fitted, config))
    detector = load(old, "runs/run")
    assert np.array_equal(detector.errors(detector.encoder.encode(frame)).errors, expected)


def test_epoch_of_a_run_of_before_becomes_a_run_that_scores_as_it_did(
    rated: tuple[Experiment, pd.DataFrame], tmp_path: Path
) -> None:
    experiment, frame = rated
    # As wide as it was then this share of the columns was the same number of code units.
    recipe = experiment.recipe.with_set({"latent": 12, "latent_unit": "percent"})
    tensors, values = unpack(experiment._trainer.as_ended(3))
    wide = []
    for name, weights in experiment.trained.members[0].named_parameters():
        axis = 1 if name == "encoder.0.weight" else 0
        pair = [weights.detach(), torch.randn_like(weights)]
        wide.append(torch.stack(pair, dim=axis + 1).flatten(axis, axis + 1) if ITEMS in weights.shape else pair[0])
    buffers = {"flag_of": torch.arange(2 * ITEMS), "flagged": torch.ones(2 * ITEMS)}
    buffers["value"] = torch.tensor([1.0, 0.0]).repeat(ITEMS)
    tensors = {"now.weights": torch.cat([part.reshape(-1) for part in wide])}
    tensors |= {f"now.buffer.0.{name}": buffer for name, buffer in buffers.items()}
    fits = values["fits"] | {"weights": tensors["now.weights"].numel()}
    kept = Experiment(experiment.samples, recipe)
    for _ in kept.run(checkpoint=pack(tensors, values | {"fits": fits})):
        pass
    assert kept.result.best_epoch == 3
    assert np.array_equal(kept.scores.score, experiment.scores.score)
    artifacts = Artifacts(str(tmp_path / "kept"))
    kept.save(artifacts, "runs/run")
    assert np.array_equal(load(artifacts, "runs/run").score(frame).score, experiment.scores.score)


def test_score_of_before_that_compares_rows_by_their_blanks_is_refused_with_the_remedy(
    stored: Artifacts, tmp_path: Path
) -> None:
    old = as_before(stored, tmp_path / "old", ScoreConfig("local"))
    old.write_bytes("runs/run/score.safetensors", pack({"0.local.reference": torch.zeros(3, 2 * ITEMS)}, {}))
    with pytest.raises(DataError, match=r"Choose another score, or train again\."):
        load(old, "runs/run")


def test_recipe_of_before_masks_blanks_for_ratings_alone() -> None:
    assert Recipe.from_dict({"model": "ratings"}).encoding["blanks"] == "mask"
    assert Recipe.from_dict({"model": "trimmed", "model_settings": {"base": "ratings"}}).encoding["blanks"] == "mask"
    filled_in = {"model": "ratings", "encoding": {"missing_indicator": False}}
    assert Recipe.from_dict(filled_in).encoding["blanks"] == "impute"
    assert Recipe.from_dict({"model": "ratings", "encoding": {"blanks": "impute"}}).encoding["blanks"] == "impute"
    assert Recipe.from_dict({"model": "dense"}).encoding["blanks"] == "impute"
