"""What sets local sparsity and the mixture of groups apart from other scores."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from core.detector.experiment import Experiment
from core.detector.trained import build_members
from core.index.schema import infer_schema
from core.index.table import Table
from core.modalities.layout import Layout
from core.modalities.tabular.config import EncodingConfig
from core.modalities.tabular.encoder import TabularEncoder
from core.modalities.tabular.samples import TabularSamples
from core.recipe import Recipe, ScoreConfig, SplitConfig, TrainingConfig
from core.results.rows import RunRows
from core.scores import SCORES
from core.scores._gaussians import WIDEST, fit_mixture, grouped, log_densities
from core.scores.base import Score
from core.scoring.attribution import reconstruct
from core.scoring.errors import row_errors
from core.scoring.fitted_scores import fit_scores, fitted_from_bytes, fitted_to_bytes
from core.scoring.forward_pass import ForwardPass
from core.store.artifacts import Artifacts
from core.thresholds.evidence import Evidence

WIDTH = 4
MEMBER = build_members(Recipe(), (WIDTH,))[0].eval()


def judged(x: np.ndarray) -> ForwardPass:
    return ForwardPass(MEMBER, torch.from_numpy(x.astype(np.float32)))


def fitted(kind: str, x: np.ndarray) -> Score:
    score = SCORES[kind]()
    with torch.inference_mode():
        score.fit(judged(x))
    return score


def scores(kind: str, train: np.ndarray, x: np.ndarray) -> np.ndarray:
    with torch.inference_mode():
        return fitted(kind, train).of(judged(x)).numpy()


def normal(n: int, seed: int = 0, spread: float = 1.0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(n, WIDTH)) * spread


def test_local_sparsity_is_the_nearest_distance_times_two_simplified_local_outlier_factors() -> None:
    from sklearn.neighbors import NearestNeighbors

    train, x = normal(200), normal(30, 1)
    near = NearestNeighbors(n_neighbors=10).fit(train.astype(np.float32))
    own = near.kneighbors()[0]
    distances, places = near.kneighbors(x.astype(np.float32))
    expected = distances[:, 0]
    for k in (3, 10):
        expected = expected * distances[:, :k].mean(axis=1) / own[:, :k].mean(axis=1)[places[:, :k]].mean(axis=1)
    np.testing.assert_allclose(scores("local", train, x), expected, rtol=1e-4)


@pytest.mark.parametrize("kind", ["local", "neighbours"])
def test_a_training_row_is_not_its_own_neighbour(kind: str) -> None:
    train = normal(300)
    own, new = scores(kind, train, train), scores(kind, train, normal(300, 1))
    # Were each its own neighbour, its distance would be 0.
    assert 0.5 < np.median(own) / np.median(new) < 1.5


def test_distance_to_the_neighbours_is_the_mean_of_five() -> None:
    from sklearn.neighbors import NearestNeighbors

    train, x = normal(200), normal(30, 1)
    expected = NearestNeighbors(n_neighbors=5).fit(train).kneighbors(x)[0].mean(axis=1)
    np.testing.assert_allclose(scores("neighbours", train, x), expected, rtol=1e-4)


def test_a_number_that_is_encoded_twice_counts_once_among_its_neighbours(tmp_path: Path) -> None:
    frame = pd.DataFrame({"a": np.exp(normal(200)[:, 0]), "b": normal(200)[:, 1], "c": ["x", "y"] * 100})
    frame.to_parquet(tmp_path / "data.parquet")
    schema = infer_schema(Table(tmp_path / "data.parquet"))
    dual, standard = (TabularEncoder(EncodingConfig(numbers=n), schema).fit_frame(frame) for n in ("dual", "standard"))
    assert dual.layout.copies is not None
    assert standard.layout.copies is None
    found = []
    for encoder in (dual, standard):
        member = build_members(Recipe(), encoder.layout.shape)[0].eval()
        member.lay_out(encoder.layout)
        rows = ForwardPass(member, torch.from_numpy(encoder.transform(frame)))
        score = SCORES["neighbours"]()
        score.fit(rows)
        found.append(score.of(rows).numpy())
        assert (score.shares(rows)[:, [name == "a asinh" for name in encoder.names]] == 0).all()
    np.testing.assert_allclose(found[0], found[1], rtol=1e-5)


@pytest.mark.parametrize("kind", ["local", "neighbours"])
def test_rows_that_occur_many_times_are_no_point_of_infinite_density(kind: str) -> None:
    train = np.concatenate([normal(100), np.zeros((50, WIDTH))])
    found = scores(kind, train, np.concatenate([np.zeros((1, WIDTH)), normal(50, 1)]))
    assert np.isfinite(np.log(found)).all()
    assert (found > 0).all()
    assert found[0] == found.min()


def test_the_same_gap_is_odder_where_rows_are_dense() -> None:
    dense, sparse = normal(200, 0, 0.1), normal(200, 1, 2.0) + 50
    beside = np.array([[1.0, 1.0, 1.0, 1.0], [51.0, 51.0, 51.0, 51.0]])
    near_dense, near_sparse = scores("local", np.concatenate([dense, sparse]), beside)
    assert near_dense > 5 * near_sparse


@pytest.mark.parametrize("n", [1, 2, 3, 12])
@pytest.mark.parametrize("kind", ["local", "mixture"])
def test_a_handful_of_training_rows_is_enough(kind: str, n: int) -> None:
    found = scores(kind, normal(n), np.concatenate([normal(n), normal(5, 1), normal(1) + 1e4]))
    assert np.isfinite(found).all()
    assert found[-1] == found.max()


def test_mixture_density_is_that_of_scipy() -> None:
    from scipy.special import logsumexp
    from scipy.stats import multivariate_normal

    x = torch.from_numpy(np.concatenate([normal(200), normal(100, 1, 0.3) + 4]))
    state = fit_mixture(x, grouped(x, 2))
    parts = []
    for mean, whiten, constant in zip(state["means"], state["whitens"], state["constants"], strict=True):
        inverse = whiten @ whiten.T
        weight = np.exp(float(constant) - 0.5 * np.linalg.slogdet(inverse.numpy())[1])
        parts.append(np.log(weight) + multivariate_normal(mean, np.linalg.inv(inverse)).logpdf(x))
    expected = logsumexp(parts, axis=0)
    constant = WIDTH / 2 * np.log(2 * np.pi)
    np.testing.assert_allclose(log_densities(x, state).logsumexp(dim=1) - constant, expected, rtol=1e-8)


def test_mixture_finds_the_groups_that_rows_were_drawn_from() -> None:
    x = torch.from_numpy(np.concatenate([normal(300), normal(100, 1, 0.5) + 6]))
    state = fit_mixture(x, grouped(x, 2))
    places = sorted(float(mean.mean()) for mean in state["means"])
    assert places == pytest.approx([0.0, 6.0], abs=0.2)
    assert log_densities(x, state).argmax(dim=1)[:300].unique().numel() == 1


def test_a_row_between_two_groups_is_odd_for_the_mixture() -> None:
    train = np.concatenate([normal(300, 0, 0.3) - 4, normal(300, 1, 0.3) + 4])
    between, inside = scores("mixture", train, np.array([[0.0] * 4, [4.0] * 4]))
    assert between > 5 * inside


def test_very_wide_tables_get_components_of_independent_columns() -> None:
    x = torch.randn(60, WIDEST + 1, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    state = fit_mixture(x, grouped(x, 3))
    assert state["whitens"].shape == (3, WIDEST + 1)
    assert log_densities(x, state).isfinite().all()


def test_equal_rows_form_one_group() -> None:
    assert grouped(torch.zeros(20, 3, dtype=torch.float64), 5).unique().tolist() == [0]


@pytest.mark.parametrize("kind", ["local", "mixture"])
def test_the_column_that_is_off_has_the_largest_share(kind: str) -> None:
    x = np.zeros((1, WIDTH))
    x[0, 2] = 9.0
    with torch.inference_mode():
        shares = fitted(kind, normal(300)).shares(judged(x))
    assert int(shares.argmax()) == 2
    assert (shares >= 0).all()


def test_three_scores_are_three_voices_of_each_member() -> None:
    config = ScoreConfig("mse", beside="local", third="mixture")
    assert config.kinds == ("mse", "local", "mixture")
    assert ScoreConfig("mse", third="mixture").kinds == ("mse",)
    assert ScoreConfig("mse", beside="mixture", third="mse").kinds == ("mse", "mixture")
    assert ScoreConfig("mse", beside="local", fourth="mixture").kinds == ("mse", "local")
    four = replace(config, fourth="neighbours", weights="correlation")
    assert four.kinds == ("mse", "local", "mixture", "neighbours")
    assert ScoreConfig.from_name(four.name) == four
    assert config.name == "mse.local.none.1.mixture"  # as it was before there was a fourth
    assert ScoreConfig.from_name(config.name) == config
    members = [MEMBER, MEMBER]
    x = normal(50).astype(np.float32)
    found = row_errors(members, x, config, fitted_scores=fit_scores(members, config, x)).errors
    assert found.shape == (6, 50)
    one = [MEMBER]
    alone = [row_errors(one, x, ScoreConfig(kind), fitted_scores=fit_scores(one, ScoreConfig(kind), x)).errors[0]
             for kind in config.kinds]  # fmt: skip
    np.testing.assert_array_equal(found, np.array(alone * 2))


def test_distance_to_the_crowd_is_that_of_the_tenth_of_the_rows_that_is_nearest() -> None:
    train, x = normal(200).astype(np.float32), normal(30, 1).astype(np.float32)
    distances = np.sort(np.linalg.norm(x[:, None] - train, axis=2), axis=1)
    np.testing.assert_allclose(scores("crowd", train, x), distances[:, 19], rtol=1e-4)


def test_of_a_few_training_rows_the_crowd_is_more_than_the_row_itself() -> None:
    train = normal(10, 3).astype(np.float32)
    nearest = np.sort(np.linalg.norm(train[:, None] - train[None], axis=2), axis=1)
    np.testing.assert_allclose(scores("crowd", train, train), nearest[:, 1], rtol=1e-4)
    assert scores("crowd", train[:1], train[:1]) == pytest.approx(0, abs=1e-5)


def test_a_group_of_anomalies_among_the_training_rows_is_no_crowd() -> None:
    train = np.concatenate([normal(190), normal(10, 1, 0.1) + 8])
    odd, usual = scores("crowd", train, train[190:]), scores("crowd", train, train[:190])
    assert odd.min() > usual.max()
    # To the nearest rows alone they would look more usual than any other.
    assert scores("local", train, train[190:]).max() < np.median(scores("local", train, train[:190]))


def small(tmp_path: Path) -> Experiment:
    """80 rows that train, 20 that validate, 100 that are judged."""
    frame = pd.DataFrame(normal(200), columns=list("abcd")).assign(part=["train"] * 80 + ["val"] * 20 + ["test"] * 100)
    frame.to_parquet(tmp_path / "data.parquet")
    table = Table(tmp_path / "data.parquet")
    recipe = Recipe(
        training=TrainingConfig(steps=20, batch_size=32),
        split=SplitConfig(kind="column", column="part"),
        score=ScoreConfig("local"),
    )
    made = Experiment(TabularSamples(table, infer_schema(table).with_column("part", role="split")), recipe)
    list(made.run())
    return made


def test_validation_rows_set_the_threshold_before_they_are_learnt_from(tmp_path: Path) -> None:
    made = small(tmp_path)
    assert made.trained is not None
    assert made.scores is not None
    trained, frame = made.trained, made.samples.index.frame(list("abcd"))
    encoded = trained.encoder.transform(frame)
    without = fit_scores(trained.members, trained.recipe.score, encoded[:80])
    validation = row_errors(trained.members, encoded[80:100], trained.recipe.score, fitted_scores=without).errors[0]
    assert made._held_out is not None
    np.testing.assert_allclose(made._held_out[80:100], validation, rtol=1e-5)
    assert np.isnan(np.delete(made._held_out, np.arange(80, 100))).all()
    assert trained.threshold == pytest.approx(np.percentile(validation, 95))
    assert len(trained.fitted_scores[0][0].state["reference"]) == 100
    assert np.array_equal(made.scores.score, trained.score(frame).score)


def test_rules_and_p_values_look_at_what_was_said_of_validation_rows_before(tmp_path: Path) -> None:
    made, artifacts = small(tmp_path), Artifacts(str(tmp_path / "store"))
    made.save(artifacts, "run")
    scored = RunRows(artifacts.local("run/scores.parquet")).scored()
    assert made._held_out is not None
    validation = np.sort(made._held_out[80:100])
    seen = Evidence.from_groups(scored.groups(), judged=("test",), reference="validation")
    assert np.array_equal(seen.all_reference.values, validation)
    assert scored.p_value(0) == (20, (1 + (validation >= scored.score[0]).sum()) / 21)


def test_what_looks_at_no_network_is_fitted_and_asked_once_for_all_members(monkeypatch: pytest.MonkeyPatch) -> None:
    config = ScoreConfig("mse", beside="local", third="mixture")
    members = build_members(Recipe(members=3), (WIDTH,))
    train, x = (normal(n, seed).astype(np.float32) for n, seed in ((200, 0), (30, 1)))
    calls: list[str] = []
    for kind in ("local", "mixture"):
        for method in ("fit", "of"):
            plain = getattr(SCORES[kind], method)
            monkeypatch.setattr(
                SCORES[kind],
                method,
                lambda self, rows, plain=plain, name=f"{kind}.{method}": (calls.append(name), plain(self, rows))[1],
            )
    fitted_scores = fit_scores(members, config, train)
    together = row_errors(members, x, config, fitted_scores=fitted_scores).errors.reshape(3, 3, -1)
    assert sorted(calls) == ["local.fit", "local.of", "mixture.fit", "mixture.of"]
    kept = fitted_from_bytes(fitted_to_bytes(fitted_scores, config), config, 3)
    np.testing.assert_array_equal(row_errors(members, x, config, fitted_scores=kept).errors.reshape(3, 3, -1), together)
    for k, member in enumerate(members):
        alone = row_errors([member], x, config, fitted_scores=fit_scores([member], config, train)).errors
        np.testing.assert_array_equal(together[k], alone)
    layout = Layout(("feature",), x.shape[1:])
    whole = reconstruct(members, x, fitted_scores, layout)[1].values
    parts = [reconstruct([member], x, fit_scores([member], config, train), layout)[1].values for member in members]
    np.testing.assert_allclose(whole, np.mean(parts, axis=0), rtol=1e-6)


def test_a_group_of_few_rows_has_about_the_shape_that_all_have() -> None:
    # Five rows in a plane and 300 all around: alone the five would make the likelihood of the plane without bounds.
    flat = normal(5, 1) * np.array([1.0, 1.0, 1e-6, 1e-6]) + 20
    x = torch.from_numpy(np.concatenate([normal(300), flat]))
    state = fit_mixture(x, torch.tensor([0] * 300 + [1] * 5))
    spread = torch.linalg.inv(state["whitens"][1] @ state["whitens"][1].T).diagonal().sqrt()
    assert ((spread > 0.3) & (spread < 3)).all()
