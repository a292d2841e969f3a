"""From errors to scores: the scales, the ensemble, the uncertainty."""

import numpy as np
import pytest

from core.recipe import ScoreConfig
from core.scoring.errors import RowErrors
from core.scoring.scorer import Scorer, shared_weights


def errors(members: int = 1, n: int = 200, seed: int = 0) -> RowErrors:
    return RowErrors(np.random.default_rng(seed).lognormal(size=(members, n)), None)


def test_score_of_one_network_is_its_error() -> None:
    found = errors()
    scorer = Scorer(ScoreConfig())
    scorer.fit(found)
    assert np.array_equal(scorer.scores(found).score, found.errors[0])
    assert scorer.scores(found).uncertainty is None


def test_minmax_runs_from_0_to_1_over_the_training_rows() -> None:
    scorer = Scorer(ScoreConfig(normalise="minmax"))
    train = errors()
    scorer.fit(train)
    score = scorer.scores(train).score
    assert (score.min(), score.max()) == pytest.approx((0, 1))
    far = RowErrors(train.errors.max() * np.full((1, 1), 3.0), None)
    assert scorer.scores(far).score[0] > 1


def test_threshold_scale_is_half_the_error_over_the_threshold_clipped() -> None:
    scorer = Scorer(ScoreConfig(normalise="threshold"))
    assert scorer.scale_by(4.0) == 0.5
    found = scorer.scores(RowErrors(np.array([[0.0, 2.0, 4.0, 8.0, 80.0]]), None)).score
    assert found.tolist() == [0, 0.25, 0.5, 1, 1]


def test_ensemble_averages_log_z_scores() -> None:
    train, test = errors(3), errors(3, seed=1)
    scorer = Scorer(ScoreConfig())
    scorer.fit(train)
    logs = np.log(train.errors)
    z = (np.log(test.errors) - logs.mean(1, keepdims=True)) / logs.std(1, keepdims=True)
    found = scorer.scores(test)
    np.testing.assert_allclose(found.score, z.mean(0))
    np.testing.assert_allclose(found.uncertainty, z.std(0, ddof=1))


def test_member_with_larger_errors_has_no_larger_say() -> None:
    train, test = errors(3), errors(3, seed=1)
    loud = np.array([[1.0], [1000.0], [1.0]])
    one, two = Scorer(ScoreConfig()), Scorer(ScoreConfig())
    one.fit(train)
    two.fit(RowErrors(train.errors * loud, None))
    np.testing.assert_allclose(two.scores(RowErrors(test.errors * loud, None)).score, one.scores(test).score)


@pytest.mark.parametrize("normalise", ["minmax", "threshold"])
def test_scaled_ensemble_keeps_the_order_and_starts_at_0(normalise: str) -> None:
    train = errors(3)
    plain, scaled = Scorer(ScoreConfig()), Scorer(ScoreConfig(normalise=normalise))
    plain.fit(train)
    scaled.fit(train)
    if normalise == "threshold":
        scaled.scale_by(float(scaled.raw(train).score.max()))
    found = scaled.scores(train)
    assert np.array_equal(np.argsort(found.score), np.argsort(plain.scores(train).score))
    assert found.score.min() >= 0
    assert found.uncertainty is not None
    assert (found.uncertainty > 0).all()


def test_perfect_reconstruction_is_no_infinite_score() -> None:
    train = errors(2)
    train.errors[:, 0] = 0.0
    scorer = Scorer(ScoreConfig())
    scorer.fit(train)
    assert np.isfinite(scorer.scores(train).score).all()
    assert np.isfinite(scorer.log10_error(train)).all()


def test_scorer_survives_a_round_trip() -> None:
    scorer = Scorer(ScoreConfig(normalise="threshold"))
    scorer.fit(errors(3))
    scorer.scale_by(2.0)
    again = Scorer.from_dict(scorer.config, scorer.to_dict())
    assert np.array_equal(again.scores(errors(3)).score, scorer.scores(errors(3)).score)


def z_scores(correlations: list[list[float]], n: int = 3_000, seed: int = 0) -> np.ndarray:
    drawn = np.random.default_rng(seed).multivariate_normal(np.zeros(len(correlations)), correlations, size=n).T
    return (drawn - drawn.mean(axis=1, keepdims=True)) / drawn.std(axis=1, keepdims=True)


TWINS = [[1.0, 0.95, 0.0], [0.95, 1.0, 0.0], [0.0, 0.0, 1.0]]


def test_kinds_that_say_the_same_share_their_weight() -> None:
    first, twin, other = shared_weights(z_scores(TWINS), 3)
    assert first + twin == pytest.approx(other, rel=0.1)
    assert first + twin + other == pytest.approx(1.0)


def test_weights_of_independent_kinds_are_equal() -> None:
    assert shared_weights(z_scores(np.eye(4).tolist()), 4) == pytest.approx([0.25] * 4, abs=0.02)


def test_with_few_rows_weights_are_near_to_equal() -> None:
    many, few = (shared_weights(z_scores(TWINS, n), 3) for n in (3_000, 20))
    assert np.ptp(few) < np.ptp(many) / 2


def test_no_kind_has_a_negative_weight() -> None:
    # The first says what the two others say together: the least variance alone would subtract it.
    weights = shared_weights(z_scores([[1.0, 0.9, 0.9], [0.9, 1.0, 0.65], [0.9, 0.65, 1.0]]), 3)
    assert weights[0] == 0.0
    assert weights[1:] == pytest.approx([0.5, 0.5], abs=0.05)


def test_members_of_a_kind_have_the_same_weight() -> None:
    by_kind = z_scores(TWINS)
    weights = shared_weights(np.concatenate([by_kind, by_kind]), 3)
    np.testing.assert_allclose(weights[:3], weights[3:])
    np.testing.assert_allclose(np.multiply(weights[:3], 2), shared_weights(by_kind, 3))


def test_weighted_scorer_averages_by_its_weights_and_says_the_same_when_it_is_loaded() -> None:
    config = ScoreConfig("mse", beside="local", weights="correlation")
    train, test = errors(4), errors(4, seed=1)
    scorer = Scorer(config)
    scorer.fit(train)
    logs = np.log(train.errors)
    z = (np.log(test.errors) - logs.mean(1, keepdims=True)) / logs.std(1, keepdims=True)
    found = scorer.scores(test).score
    np.testing.assert_allclose(found, np.average(z, axis=0, weights=scorer.weights))
    np.testing.assert_array_equal(Scorer.from_dict(config, scorer.to_dict()).scores(test).score, found)
    alone = scorer.scores(RowErrors(test.errors[:, 7:8], None)).score
    np.testing.assert_array_equal(alone, found[7:8])


def test_scorer_of_before_there_were_weights_averages_alike() -> None:
    scorer = Scorer(ScoreConfig("mse", beside="local"))
    scorer.fit(errors(2))
    kept = scorer.to_dict()
    assert kept.pop("weights") == []
    before = Scorer.from_dict(scorer.config, kept)
    np.testing.assert_array_equal(before.scores(errors(2)).score, scorer.scores(errors(2)).score)


def test_a_kind_under_which_all_training_rows_are_equal_counts_as_any_other() -> None:
    z = z_scores(np.eye(3).tolist())
    z[1] = 0.0
    assert shared_weights(z, 3) == pytest.approx([1 / 3] * 3, abs=0.03)
