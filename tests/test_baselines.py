"""What holds for every classical detector, written once over the registry; then what sets one apart."""

import subprocess
import sys

import numpy as np
import pytest

from core.baselines import BASELINES
from core.errors import ConfigError, NotFittedError
from core.params import describe

every_baseline = pytest.mark.parametrize("name", BASELINES.names())


def rows(n: int, width: int = 4, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(n, width)).astype(np.float32)


def test_the_classical_methods_are_all_there() -> None:
    assert {"knn", "isolation-forest", "lof", "ocsvm", "pca", "gmm"} <= set(BASELINES.names())


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
    # The third column is the sum of the others in training; only there is anything for pca to leave out.
    def three(x: np.ndarray) -> np.ndarray:
        return np.column_stack([x, x.sum(axis=1)]).astype(np.float32)

    normal, odd = three(rows(50, 2, seed=1)), three(rows(20, 2, seed=2))
    odd[:, 2] += 12
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


def test_a_baseline_setting_out_of_range_is_refused() -> None:
    with pytest.raises(ConfigError, match="at least 1"):
        BASELINES["knn"].create({"neighbours": 0})


def test_listing_the_baselines_loads_neither_scikit_learn_nor_torch() -> None:
    code = (
        "import sys; from core.baselines import BASELINES; BASELINES.names();"
        "assert not {'sklearn', 'scipy', 'torch'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
