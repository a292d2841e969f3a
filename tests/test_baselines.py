"""What holds for every classical detector, written once over the registry; then what sets one apart."""

import subprocess
import sys

import numpy as np
import pytest

from core.baselines import BASELINES
from core.errors import ConfigError, DataError, NotFittedError
from core.params import describe

every_baseline = pytest.mark.parametrize("name", BASELINES.names())


def rows(n: int, width: int = 4, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(n, width)).astype(np.float32)


def test_the_classical_methods_are_all_there() -> None:
    assert {"knn", "isolation-forest", "lof", "ocsvm", "pca", "gmm", "ecod", "copod", "hbos"} <= set(BASELINES.names())


@every_baseline
def test_baseline_says_what_it_is_and_explains_its_settings(name: str) -> None:
    cls = BASELINES[name]
    assert cls.title
    assert cls.when.endswith(".")
    for param in describe(cls.Config):
        assert param.help
        assert param.check(param.default) == param.default


@every_baseline
def test_rows_far_from_the_training_rows_score_higher(name: str) -> None:
    # The third column is the sum of the others in training; only there is anything for pca to leave out. All lean to
    # the right, the only side on which copod looks closely.
    def three(x: np.ndarray) -> np.ndarray:
        x = np.abs(x)
        return np.column_stack([x, x.sum(axis=1)]).astype(np.float32)

    normal, odd = three(rows(50, 2, seed=1)), three(rows(20, 2, seed=2))
    odd += 6
    baseline = BASELINES[name].create().fit(three(rows(300, 2)))
    assert np.median(baseline.score(odd)) > np.percentile(baseline.score(normal), 95)


@every_baseline
def test_baseline_score_does_not_depend_on_the_rows_beside_it(name: str) -> None:
    baseline, x = BASELINES[name].create().fit(rows(100)), rows(30, seed=1)
    together = baseline.score(x)
    assert together.shape == (30,)
    assert together.dtype == np.float64
    np.testing.assert_allclose(together[::-1], baseline.score(x[::-1]), rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(together[:1], baseline.score(x[:1]), rtol=1e-5, atol=1e-7)


@every_baseline
def test_the_same_seed_gives_the_same_baseline_scores(name: str) -> None:
    a, b = (BASELINES[name].create(seed=5).fit(rows(80)).score(rows(20, seed=1)) for _ in range(2))
    np.testing.assert_array_equal(a, b)


@every_baseline
def test_baseline_learns_from_a_handful_of_rows_with_a_constant_column(name: str) -> None:
    x = rows(6)
    x[:, 1] = 3.0
    assert np.isfinite(BASELINES[name].create().fit(x).score(rows(5, seed=1))).all()


@every_baseline
def test_baseline_that_was_not_fitted_says_so(name: str) -> None:
    with pytest.raises(NotFittedError, match="fit"):
        BASELINES[name].create().score(rows(3))


@every_baseline
def test_baseline_refuses_in_a_sentence_what_it_cannot_read(name: str) -> None:
    title = BASELINES[name].title
    blank, fitted = rows(20), BASELINES[name].create().fit(rows(50))
    blank[3, 1] = np.nan
    for wrong in (blank, rows(1), rows(20)[:, :0], rows(20)[0]):
        with pytest.raises(DataError) as refused:
            BASELINES[name].create().fit(wrong)
        assert str(refused.value).startswith(title)
        assert str(refused.value).endswith(".")
    with pytest.raises(DataError, match=r"rows of 4 columns\. Got 3\."):
        fitted.score(rows(5, 3))
    with pytest.raises(DataError, match="finite numbers only"):
        fitted.score(blank)
    assert fitted.score(rows(0)).shape == (0,)


@every_baseline
def test_baseline_score_of_a_row_beyond_all_measure_is_finite_and_high(name: str) -> None:
    baseline, far = BASELINES[name].create().fit(rows(200)), rows(2, seed=3)
    far[0] = 3e38
    scores = baseline.score(far)
    assert np.isfinite(scores).all()
    assert scores[0] >= baseline.score(rows(100, seed=1)).max()


@pytest.mark.parametrize(("name", "leaning"), [("ecod", np.log(5)), ("copod", np.log(5) / 2)])
def test_tail_probabilities_are_those_of_the_papers(name: str, leaning: float) -> None:
    # The first column leans to the right: of it and the row, 1 of 5 values is at most 0, all 5 are at least 0. The
    # second leans nowhere, so that both tails count: 4 of 5 values are at most 2, 4 of 5 at least.
    train = np.array([[1, 1], [2, 2], [3, 2], [9, 3]], dtype=np.float32)
    found = BASELINES[name].create().fit(train).score(np.array([[0, 2]], dtype=np.float32))
    assert found.tolist() == pytest.approx([leaning + 2 * np.log(5 / 4)])


def test_a_value_outside_of_the_histogram_is_as_rare_as_an_empty_bin() -> None:
    train = np.array([[0.0], [1.0], [1.0], [10.0]], dtype=np.float32)
    baseline = BASELINES["hbos"].create({"floor": 0.5}).fit(train)
    found = baseline.score(np.array([[1.5], [0.0], [10.0], [5.0], [-0.1], [99.0]], dtype=np.float32))
    np.testing.assert_allclose(found, -np.log([1.5, 1.0, 1.0, 0.5, 0.5, 0.5]))


def test_nearest_neighbours_measure_the_distances_they_say() -> None:
    line = np.array([[0.0], [1.0], [3.0], [10.0]], dtype=np.float32)
    at = np.array([[0.0]], dtype=np.float32)
    largest = BASELINES["knn"].create({"neighbours": 3}).fit(line)
    assert largest.score(at).tolist() == [3.0]
    mean = BASELINES["knn"].create({"neighbours": 3, "distance": "mean"}).fit(line)
    assert mean.score(at).tolist() == pytest.approx([4 / 3])


def test_principal_components_leave_out_what_lies_beside_them() -> None:
    x = rows(500, 1) @ np.ones((1, 2), dtype=np.float32) + 0.01 * rows(500, 2, seed=1)
    baseline = BASELINES["pca"].create().fit(x)
    along, beside = baseline.score(np.array([[5.0, 5.0], [1.0, -1.0]], dtype=np.float32))
    # The distance from (1, -1) to the diagonal is the square root of 2; its square over two columns is 1.
    assert along < 0.01 < beside == pytest.approx(1.0, abs=0.02)


def test_a_mixture_of_fewer_rows_than_columns_is_that_of_all_columns() -> None:
    from sklearn.mixture import GaussianMixture

    groups = 3 * np.random.default_rng(1).integers(0, 3, (60, 1)).astype(np.float32)
    x, new = rows(60, 80) + groups, np.vstack([4 * rows(20, 80, seed=2), np.full((1, 80), 1e9, dtype=np.float32)])
    plain = GaussianMixture(4, reg_covar=1e-3, random_state=0).fit(x.astype(np.float64))
    found = BASELINES["gmm"].create().fit(x).score(np.vstack([x, new]))
    np.testing.assert_allclose(found, -plain.score_samples(np.vstack([x, new]).astype(np.float64)), rtol=1e-9)


def test_a_baseline_setting_out_of_range_is_refused() -> None:
    with pytest.raises(ConfigError, match="at least 1"):
        BASELINES["knn"].create({"neighbours": 0})


def test_listing_the_baselines_loads_neither_scikit_learn_nor_torch() -> None:
    code = (
        "import sys; from core.baselines import BASELINES; BASELINES.names();"
        "assert not {'sklearn', 'scipy', 'torch'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
