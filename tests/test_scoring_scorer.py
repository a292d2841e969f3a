"""From errors to scores: the scales, the ensemble, the uncertainty."""

import numpy as np
import pytest

from core.recipe import ScoreConfig
from core.scoring.errors import RowErrors
from core.scoring.scorer import Scorer


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
