"""A normal distribution fitted to rows, with a covariance that can be inverted however few or alike they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.resolution import SQUARED

if TYPE_CHECKING:
    from torch import Tensor

WIDEST = 2_000
"""Columns up to which the covariance is a full matrix; beyond, the columns are taken to be independent."""
LEAST = 0.01
"""Least shrinkage: a column that never varied in the training must not decide everything when it does."""


def fit_gaussian(rows: Tensor, least: float = LEAST) -> dict[str, Tensor]:
    """Mean and whitening of rows, in float64: ``(rows - mean) @ whiten`` has about unit covariance.

    Parameters
    ----------
    rows
        Shape (n, d).
    least
        Least shrinkage, 0 to 1.

    Returns
    -------
    ``mean`` (d,), and ``whiten``: (d, d), the transposed inverse of the Cholesky factor, or (d,) beyond
    :data:`WIDEST` columns.

    Notes
    -----
    The covariance S is shrunk towards its mean variance, (1 - a) S + a tr(S)/d I, with the a of Ledoit and Wolf (2004),
    at least ``least``.
    """
    import torch

    # A row that overflowed would spoil every entry.
    rows = rows.cpu().double()
    rows = rows[torch.isfinite(rows).all(dim=1)]
    n, d = rows.shape
    if not n:
        return {"mean": torch.zeros(d, dtype=torch.float64), "whiten": torch.ones(d, dtype=torch.float64)}
    mean = rows.mean(dim=0)
    centred = rows - mean
    if d > WIDEST:
        variance = centred.square().mean(dim=0)
        shrunk = (1 - least) * variance + least * variance.mean() + _floor(variance.mean())
        return {"mean": mean, "whiten": shrunk.rsqrt()}
    covariance = centred.T @ centred / n
    usual = covariance.diagonal().mean()
    a = max(least, _ledoit_wolf(centred, covariance, float(usual)))
    shrunk = (1 - a) * covariance + (a * usual + _floor(usual)) * torch.eye(d, dtype=torch.float64)
    factor = torch.linalg.cholesky(shrunk)
    inverse = torch.linalg.solve_triangular(factor, torch.eye(d, dtype=torch.float64), upper=False)
    return {"mean": mean, "whiten": inverse.T.contiguous()}


def whitened(rows: Tensor, state: dict[str, Tensor]) -> Tensor:
    """Rows in standard deviations, shape (n, d)."""
    centred, whiten = rows - state["mean"], state["whiten"]
    return centred @ whiten if whiten.ndim == 2 else centred * whiten


def _floor(usual: Tensor) -> float:
    """A trace of variance for rows that are all alike."""
    return max(SQUARED, 1e-9 * float(usual))


def _ledoit_wolf(centred: Tensor, covariance: Tensor, usual: float) -> float:
    """The share a of the target that is expected to come closest to the true covariance."""
    n, d = centred.shape
    apart = float(covariance.square().sum()) - d * usual**2
    # Mean squared distance of a single row's outer product from S, over n.
    noise = (float(centred.square().sum(dim=1).square().mean()) - float(covariance.square().sum())) / n
    return min(1.0, max(0.0, noise / apart)) if apart > 0 else 1.0
