"""What holds for every kind of score, written once over the registry."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch

from core.detector.trained import build_members
from core.errors import NotFittedError
from core.modalities.layout import Layout
from core.recipe import Recipe, ScoreConfig
from core.scores import SCORES, score_names
from core.scoring.attribution import reconstruct
from core.scoring.errors import row_errors
from core.scoring.fitted_scores import FittedScores, fit_scores, fits, fitted_from_bytes, fitted_to_bytes
from core.scoring.forward_pass import ForwardPass
from core.scoring.scorer import Scorer

WIDTH = 9
every_score = pytest.mark.parametrize("kind", score_names())
every_scale = pytest.mark.parametrize("normalise", ["none", "minmax", "threshold", "probability", "rank"])


def rows(n: int, seed: int = 0, spread: float = 1.0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return (rng.normal(size=(n, 3)) @ rng.normal(size=(3, WIDTH)) * spread + rng.normal(size=(n, WIDTH)) / 4).astype(
        np.float32
    )


MEMBERS = [member.eval() for member in build_members(Recipe(members=2), (WIDTH,))]


def fitted(config: ScoreConfig, members: int = 1) -> FittedScores:
    return fit_scores(MEMBERS[:members], config, rows(400))


def scored(config: ScoreConfig, x: np.ndarray, members: int = 1) -> np.ndarray:
    return row_errors(MEMBERS[:members], x, config, fitted_scores=fitted(config, members)).errors


def test_registry_is_read_without_torch() -> None:
    code = "import sys, core.recipe; from core.scores import SCORES; SCORES.names(); print('torch' in sys.modules)"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "False"


@every_score
def test_score_says_what_it_is_and_when_to_use_it(kind: str) -> None:
    cls = SCORES[kind]
    assert cls.title
    assert cls.when.endswith(".")
    assert cls.because.endswith(".")
    assert cls.__doc__


@every_score
def test_score_is_finite_and_never_negative_whatever_the_rows(kind: str) -> None:
    x = rows(50)
    x[0], x[1], x[2, 3], x[3, 4] = 0.0, 1e38, 1e30, -1e12
    found = scored(ScoreConfig(kind), x)[0]
    assert np.isfinite(found).all()
    assert (found >= 0).all()
    assert found[1:4].min() > found[4:].max() or kind == "latent"


@every_score
def test_far_rows_keep_their_order_where_float32_overflows(kind: str) -> None:
    far = np.zeros((4, WIDTH), np.float32)
    far[:, 0] = [1e18, 1e20, 1e24, 1e28]
    found = scored(ScoreConfig(kind), far)[0]
    assert (np.diff(found) > 0).all()


@every_score
def test_row_is_scored_the_same_to_the_last_bit_alone_and_among_others(kind: str) -> None:
    config, x = ScoreConfig(kind), rows(60, 1)
    fitted_scores = fitted(config, 2)
    together = row_errors(MEMBERS, x, config, fitted_scores=fitted_scores).errors
    alone = np.concatenate(
        [row_errors(MEMBERS, x[i : i + 1], config, fitted_scores=fitted_scores).errors for i in range(60)], axis=1
    )
    assert np.array_equal(together, alone)
    backwards = row_errors(MEMBERS, np.ascontiguousarray(x[::-1]), config, fitted_scores=fitted_scores).errors[:, ::-1]
    assert np.array_equal(together, backwards)
    shifted = np.concatenate([x[:30], x[30:] * 1e6 + 1e9])
    others = row_errors(MEMBERS, shifted, config, fitted_scores=fitted_scores).errors
    assert np.array_equal(together[:, :30], others[:, :30])


@every_score
def test_many_rows_are_scored_as_few_are(kind: str) -> None:
    config, x = ScoreConfig(kind), rows(4500, 2)
    fitted_scores = fitted(config)
    many = row_errors(MEMBERS[:1], x, config, fitted_scores=fitted_scores).errors
    for part in (slice(0, 10), slice(2043, 2053), slice(4490, 4500)):
        few = row_errors(MEMBERS[:1], x[part], config, fitted_scores=fitted_scores).errors
        assert np.array_equal(many[:, part], few)


@every_score
def test_what_was_learnt_survives_a_round_trip(kind: str) -> None:
    config, x = ScoreConfig(kind, beside="huber"), rows(20, 3)
    fitted_scores = fitted(config, 2)
    again = fitted_from_bytes(fitted_to_bytes(fitted_scores, config), config, 2)
    before = row_errors(MEMBERS, x, config, fitted_scores=fitted_scores).errors
    assert np.array_equal(row_errors(MEMBERS, x, config, fitted_scores=again).errors, before)


@every_score
def test_odd_rows_score_above_usual_ones(kind: str) -> None:
    found = scored(ScoreConfig(kind), np.concatenate([rows(200, 4), rows(200, 5, spread=8.0)]))[0]
    assert np.median(found[200:]) > np.quantile(found[:200], 0.9)


@every_score
def test_a_few_training_rows_or_equal_ones_are_enough(kind: str) -> None:
    for training in (rows(1), rows(3), np.ones((30, WIDTH), np.float32)):
        config = ScoreConfig(kind)
        fitted_scores = fit_scores(MEMBERS[:1], config, training)
        assert np.isfinite(row_errors(MEMBERS[:1], rows(10), config, fitted_scores=fitted_scores).errors).all()


@every_score
def test_score_that_learns_is_refused_before_it_has(kind: str) -> None:
    config = ScoreConfig(kind)
    if fits(config):
        with pytest.raises(NotFittedError, match="learns from training rows"):
            row_errors(MEMBERS, rows(3), config)
    else:
        assert row_errors(MEMBERS, rows(3), config).errors.shape == (2, 3)


@every_score
def test_shares_are_a_whole_and_point_at_the_column_that_is_off(kind: str) -> None:
    config, x = ScoreConfig(kind), rows(30, 6)
    x[:, 4] += 40
    x_hat, found = reconstruct(MEMBERS, x, fitted(config, 2), Layout(("feature",), (WIDTH,)))
    shares = found.values
    assert x_hat.shape == x.shape
    np.testing.assert_allclose(shares.sum(axis=1), 1)
    assert (shares >= 0).all()
    assert np.mean(shares.argmax(axis=1) == 4) > 0.9


@every_score
@every_scale
def test_scale_never_changes_the_order_of_the_rows(kind: str, normalise: str) -> None:
    config = ScoreConfig(kind, normalise=normalise)
    fitted_scores, training = fitted(config, 2), rows(400)
    far = rows(60, 8)
    far[:40] *= np.geomspace(2, 1e15, 40, dtype=np.float32)[:, None]
    test = np.concatenate([rows(200, 7), far, rows(40, 9, spread=1e-3)])
    for members in (1, 2):
        plain, scaled = Scorer(replace(config, normalise="none")), Scorer(config)
        train = row_errors(MEMBERS[:members], training, config, fitted_scores=fitted_scores[:members])
        errors = row_errors(MEMBERS[:members], test, config, fitted_scores=fitted_scores[:members])
        plain.fit(train)
        scaled.fit(train)
        before = plain.scores(errors).score
        if normalise == "threshold":
            scaled.scale_by(float(scaled.raw(errors).score.max()))
        after = scaled.scores(errors).score
        order = np.argsort(before)
        assert (np.diff(after[order]) >= 0).all()
        apart = np.diff(before[order]) > 1e-4 * np.abs(before[order][1:])
        assert (np.diff(after[order])[apart] > 0).all()
        if normalise in ("probability", "rank"):
            assert after.min() > 0
            assert after.max() < 1
        again = Scorer.from_dict(config, scaled.to_dict())
        assert np.array_equal(again.scores(errors).score, after)


@pytest.mark.parametrize("normalise", ["probability", "rank"])
def test_rarity_is_the_share_of_training_rows_below(normalise: str) -> None:
    rng = np.random.default_rng(0)
    config = ScoreConfig(normalise=normalise)
    train, fresh = (np.exp(rng.normal(size=(1, 20_000))) for _ in range(2))
    scorer = Scorer(config)
    scorer.fit(_errors(train))
    found = scorer.scores(_errors(fresh)).score
    for share in (0.1, 0.5, 0.9, 0.99, 0.999):
        assert np.mean(found <= share) == pytest.approx(share, abs=0.15 * (1 - share) + 0.002)


def test_fitted_tail_goes_on_where_counting_ends() -> None:
    rng = np.random.default_rng(1)
    train = rng.exponential(size=(1, 5_000))
    scorer = Scorer(ScoreConfig(normalise="probability"))
    scorer.fit(_errors(train))
    # P(y > ln 50,000) = 1 / 50,000: beyond all but a few of the training rows, and the exponential's own tail.
    p = 1 - scorer.scores(_errors(np.array([[np.log(50_000.0)]]))).score[0]
    assert 1 / 250_000 < p < 1 / 10_000


def test_two_scores_are_averaged_as_log_z_scores() -> None:
    config, x = ScoreConfig("mse", beside="knn"), rows(50, 9)
    fitted_scores = fitted(config)
    both = row_errors(MEMBERS[:1], x, config, fitted_scores=fitted_scores)
    assert both.errors.shape == (2, 50)
    scorer = Scorer(config)
    train = row_errors(MEMBERS[:1], rows(400), config, fitted_scores=fitted_scores)
    scorer.fit(train)
    logs = np.log(train.errors)
    z = (np.log(both.errors) - logs.mean(1, keepdims=True)) / logs.std(1, keepdims=True)
    np.testing.assert_allclose(scorer.scores(both).score, z.mean(0))


def test_names_of_settings_lead_back_to_them() -> None:
    for config in (ScoreConfig(), ScoreConfig("mse", "knn"), ScoreConfig("huber", normalise="rank", passes=7)):
        assert ScoreConfig.from_name(config.name) == config
    assert ScoreConfig("whitened").name == "whitened"


def test_whitened_distance_is_that_of_scipy() -> None:
    from scipy.spatial.distance import mahalanobis

    config, x = ScoreConfig("whitened"), rows(400)
    score = fitted(config)[0][0]
    with torch.no_grad():
        residual = ForwardPass(MEMBERS[0], torch.from_numpy(x)).residual.double().numpy()
    whiten = score.state["whiten"].numpy()
    expected = [mahalanobis(r, score.state["mean"].numpy(), whiten @ whiten.T) for r in residual[:20]]
    np.testing.assert_allclose(scored(config, x[:20])[0], expected, rtol=1e-4)
    # With 400 rows of 9 columns the shrinkage is the least one, a fifth.
    inverse = np.linalg.inv(whiten @ whiten.T)
    plain = np.cov(residual.T, bias=True)
    expected = 0.8 * plain + 0.2 * np.diag(plain).mean() * np.eye(WIDTH)
    np.testing.assert_allclose(inverse, expected, atol=1e-4 * np.diag(plain).mean())


@pytest.mark.parametrize("columns", [5, 63, 1280, 1300, 4096])
def test_smallest_numbers_are_those_of_sorting(columns: int) -> None:
    from core.scores._nearest import smallest

    values = torch.from_numpy(np.random.default_rng(0).normal(size=(50, columns)).astype(np.float32))
    assert torch.equal(smallest(values, 5), values.argsort(dim=1)[:, :5])


def test_nearest_reconstructions_are_those_of_scikit_learn() -> None:
    from sklearn.neighbors import NearestNeighbors

    config, x = ScoreConfig("knn"), rows(100, 10)
    with torch.no_grad():
        reference = MEMBERS[0](torch.from_numpy(rows(400))).numpy()
    apart, _ = NearestNeighbors(n_neighbors=5).fit(reference).kneighbors(x)
    np.testing.assert_allclose(scored(config, x)[0], apart.mean(axis=1), rtol=1e-4)


def _errors(values: np.ndarray):
    from core.scoring.errors import RowErrors

    return RowErrors(values, None)
