"""Where rows lie in the latent space."""

import numpy as np
import pytest

from core.scoring.latent import PrincipalAxes, principal, rows_to_place


def test_axes_are_the_principal_components_of_the_rows_they_are_fitted_on() -> None:
    rng = np.random.default_rng(0)
    z = (rng.normal(size=(500, 5)) * [1, 9, 3, 0.1, 0.1]).astype(np.float32)
    placed = principal(z, np.ones(500, dtype=bool))
    centred = z - z.mean(0)
    for axis, column in enumerate((1, 2, 0)):
        assert abs(np.corrcoef(placed[:, axis], centred[:, column])[0, 1]) > 0.99


def test_far_rows_do_not_turn_the_axes() -> None:
    rng = np.random.default_rng(0)
    z = (rng.normal(size=(500, 4)) * [9, 3, 1, 0.1]).astype(np.float32)
    z[0, 3] = 1e6
    fit_on = np.arange(500) > 0
    assert np.abs(principal(z, fit_on)[1:, 0]).max() > 10


@pytest.mark.parametrize("width", [1, 2])
def test_narrow_code_leaves_the_other_axes_at_zero(width: int) -> None:
    placed = principal(np.random.default_rng(0).normal(size=(9, width)).astype(np.float32), np.ones(9, dtype=bool))
    assert placed.shape == (9, 3)
    assert not placed[:, width:].any()


def test_few_rows_are_all_placed() -> None:
    assert rows_to_place(np.zeros(9, np.int8), np.arange(9.0), 0, limit=10).tolist() == list(range(9))


def test_of_many_rows_all_anomalies_and_the_highest_scores_are_kept() -> None:
    labels = np.zeros(1000, np.int8)
    labels[:30] = 1
    rows = rows_to_place(labels, np.arange(1000.0), 0, limit=100)
    assert len(rows) == len(set(rows)) == 100
    assert (np.diff(rows) > 0).all()
    assert {*range(30), *range(990, 1000)} <= set(rows.tolist())
    assert np.array_equal(rows, rows_to_place(labels, np.arange(1000.0), 0, limit=100))


@pytest.mark.parametrize("n", [2, 40, 1_600])
def test_axes_of_wide_codes_are_those_of_their_covariance(n: int) -> None:
    """Rows by rows, or a sketch, instead of width by width."""
    rng = np.random.default_rng(0)
    z = (rng.normal(size=(n, 3)) * [9, 5, 2] @ rng.normal(size=(3, 450)) + rng.normal(size=(n, 450)) / 9).astype(
        "float32"
    )
    centred = z.astype(float) - z.astype(float).mean(axis=0)
    _, _, axes = np.linalg.svd(centred, full_matrices=False)
    found = PrincipalAxes.of(z).transform(z)
    for i in range(min(3, n - 1)):
        np.testing.assert_allclose(np.abs(found[:, i]), np.abs(centred @ axes[i]), atol=2e-3 * np.abs(found).max())
    assert (found[:, n - 1 :] == 0).all() or n > 3
    assert np.array_equal(PrincipalAxes.of(z).axes, PrincipalAxes.of(z).axes)
