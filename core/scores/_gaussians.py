"""A mixture of normal distributions fitted to rows by expectation and maximisation, from groups that are given."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.resolution import SQUARED, usable

if TYPE_CHECKING:
    from torch import Tensor

COMPONENTS = 10
"""Normal distributions, at most one for ten rows."""
ROUNDS = 15
"""Rounds of expectation and maximisation; more gained nothing."""
WIDEST = 200
"""Columns up to which a covariance is a full matrix; beyond, the columns of a component are independent."""
FLOOR = 0.01
"""Added to every variance, in mean variances of a column: no component may shrink to a point or a plane."""
PRIOR = 0.5
"""Weight of what all components have in common in each one's covariance, in rows per column: a component that few rows
belong to has about the common shape."""
_ROUNDS_OF_GROUPS = 20
_SEED = 7


def fit_mixture(rows: Tensor, groups: Tensor) -> dict[str, Tensor]:
    """Means, whitenings and weights of the components, in float64.

    A covariance is the most probable one with the covariance within all groups as what was expected before (an inverse
    Wishart prior; Fraley and Raftery, 2007).

    Parameters
    ----------
    rows
        Shape (n, d).
    groups
        To which component each row belongs at first, shape (n,).

    Returns
    -------
    ``means`` (c, d), ``whitens`` (c, d, d) or (c, d) beyond :data:`WIDEST` columns, and ``constants`` (c,): a
    component's log-density is its constant minus half of the squared length of ``(row - mean) @ whiten``.
    """
    import torch

    n, c = len(rows), int(groups.max()) + 1
    share = torch.nn.functional.one_hot(groups, c).to(rows.dtype)
    floor = FLOOR * usable(float(rows.var(dim=0, correction=0).mean()), SQUARED)
    prior = PRIOR * rows.shape[1]
    state: dict[str, Tensor] = {}
    for _ in range(ROUNDS):
        weight = share.sum(dim=0) + 1e-9
        means = share.T @ rows / weight[:, None]
        scatters = [_scatter(rows - means[k], share[:, k]) for k in range(c)]
        common = torch.stack(scatters).sum(dim=0) * (prior / n)
        fitted = [_whitened((scatters[k] + common) / (weight[k] + prior), floor) for k in range(c)]
        whitens, logdets = torch.stack([w for w, _ in fitted]), torch.stack([d for _, d in fitted])
        state = {"means": means, "whitens": whitens, "constants": (weight / n).log() + logdets}
        share = log_densities(rows, state).softmax(dim=1)
    return state


def log_densities(rows: Tensor, state: dict[str, Tensor]) -> Tensor:
    """The logarithm of each component's share of the density of each row, shape (n, c), but for a constant."""
    import torch

    found = []
    for mean, whiten, constant in zip(state["means"], state["whitens"], state["constants"], strict=True):
        centred = rows - mean
        white = centred @ whiten if whiten.ndim == 2 else centred * whiten
        found.append(constant - white.square().sum(dim=1) / 2)
    return torch.stack(found, dim=1)


def grouped(rows: Tensor, groups: int) -> Tensor:
    """The group of each row, shape (n,): Lloyd's k-means from k-means++ (Arthur and Vassilvitskii, 2007)."""
    import torch

    # A generator of its own and of one seed: the same rows fall into the same groups.
    generator = torch.Generator().manual_seed(_SEED)
    centres = [rows[torch.randint(len(rows), (1,), generator=generator)[0]]]
    apart = (rows - centres[0]).square().sum(dim=1)
    while len(centres) < groups and apart.sum() > 0:
        centres.append(rows[torch.multinomial(apart, 1, generator=generator)[0]])
        apart = apart.minimum((rows - centres[-1]).square().sum(dim=1))
    places = torch.stack(centres)
    for _ in range(_ROUNDS_OF_GROUPS):
        group = torch.cdist(rows, places).argmin(dim=1)
        counts = torch.bincount(group, minlength=len(places))
        sums = torch.zeros_like(places).index_add_(0, group, rows)
        places = torch.where(counts[:, None] > 0, sums / counts.clamp_min(1)[:, None], places)
    return torch.cdist(rows, places).argmin(dim=1)


def _scatter(centred: Tensor, share: Tensor) -> Tensor:
    """The sum of products of deviations, (d, d); of squares alone, (d,), beyond :data:`WIDEST` columns."""
    if centred.shape[1] > WIDEST:
        return share @ centred.square()
    return (centred * share[:, None]).T @ centred


def _whitened(covariance: Tensor, floor: float) -> tuple[Tensor, Tensor]:
    """Whitening of a component and the logarithm of its determinant."""
    import torch

    if covariance.ndim == 1:
        whiten = (covariance + floor).rsqrt()
        return whiten, whiten.log().sum()
    covariance = covariance + floor * torch.eye(len(covariance), dtype=covariance.dtype)
    factor = torch.linalg.cholesky(covariance)
    inverse = torch.linalg.solve_triangular(factor, torch.eye(len(factor), dtype=factor.dtype), upper=False)
    return inverse.T.contiguous(), -factor.diagonal().log().sum()
