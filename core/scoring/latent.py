"""Where rows lie in the latent space: the first three principal components of their code."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from core.models.base import Autoencoder
from core.resolution import FLOAT64
from core.runtime import units_at_once
from core.scoring.forward_pass import in_blocks

LIMIT = 50_000
_WIDE = 400
"""Numbers of a code up to which the axes are found from the covariance: 30 ms."""
_LONG = 1_500
"""Rows of wider codes up to which they are found exactly."""


def latent_codes(members: list[Autoencoder], x: NDArray[np.float32]) -> NDArray[np.float32]:
    """The codes of every member side by side, shape (n, sum of latent sizes)."""
    parts, step = [], units_at_once(x.shape[1:])
    with torch.inference_mode():
        for member in members:
            member.eval()
            device = next(member.parameters()).device
            chunks = [
                member.summary(in_blocks(torch.from_numpy(x[i : i + step])).to(device)).flatten(1).cpu().numpy()
                for i in range(0, len(x), step)
            ]
            parts.append(np.concatenate(chunks)[: len(x)])
    z: NDArray[np.float32] = np.nan_to_num(np.concatenate(parts, axis=1), posinf=1e30, neginf=-1e30)
    return z


@dataclass(frozen=True)
class PrincipalAxes:
    """The first three principal components of some codes, and their mean."""

    centre: NDArray[np.float64]
    axes: NDArray[np.float64]
    """Shape (width, at most 3)."""

    @classmethod
    def of(cls, z: NDArray[np.float32]) -> "PrincipalAxes":
        """Those of the codes ``z``, shape (n, width)."""
        chosen = z.astype(np.float64)
        centre = chosen.mean(axis=0)
        axes = _leading(chosen - centre)
        # An eigenvector has no sign of its own: the largest weight is made positive.
        return cls(centre, axes * np.sign(axes[np.abs(axes).argmax(axis=0), np.arange(axes.shape[1])]))

    def transform(self, z: NDArray[np.float32]) -> NDArray[np.float32]:
        """Where codes lie, shape (n, 3); axes that there are not are 0."""
        placed = np.zeros((len(z), 3), dtype=np.float32)
        placed[:, : self.axes.shape[1]] = (z - self.centre) @ self.axes
        return placed


def _leading(centred: NDArray[np.float64]) -> NDArray[np.float64]:
    """The first three principal axes, shape (width, at most 3), found on the shorter side of the table.

    With X = U S V' the eigenvectors of X' X (width by width) are V, those of X X' (rows by rows) U, and V = X' U / S.
    """
    n, width = centred.shape
    if width <= _WIDE:
        covariance = np.cov(centred, rowvar=False, bias=True).reshape(width, -1)
        return np.asarray(np.linalg.eigh(covariance)[1][:, ::-1][:, :3])
    if n > _LONG:
        # Long and wide: a seeded sketch, whose error is far below what a map shows.
        from sklearn.utils.extmath import randomized_svd

        return np.asarray(randomized_svd(centred, 3, n_iter=7, random_state=0)[2].T)
    squares, places = np.linalg.eigh(centred @ centred.T)
    squares, places = squares[::-1][:3], places[:, ::-1][:, :3]
    kept = squares > FLOAT64 * max(float(squares[0]), 1e-300)
    axes = np.zeros((width, 3))
    axes[:, : kept.sum()] = (centred.T @ places[:, kept]) / np.sqrt(squares[kept])
    return axes


def principal(z: NDArray[np.float32], fit_on: NDArray[np.bool_]) -> NDArray[np.float32]:
    """The first three principal components, shape (n, 3); missing ones are 0.

    Parameters
    ----------
    z
        Codes, shape (n, width).
    fit_on
        The rows that set the axes: a few far outliers would otherwise turn them all towards themselves.
    """
    return PrincipalAxes.of(z[fit_on] if fit_on.any() else z).transform(z)


def rows_to_place(
    labels: NDArray[np.int8], scores: NDArray[np.float64], seed: int, limit: int = LIMIT
) -> NDArray[np.int64]:
    """The rows worth placing, ascending: all where there are few; else anomalies, the highest scores, and a sample."""
    n = len(scores)
    if n <= limit:
        return np.arange(n, dtype=np.int64)
    rng = np.random.default_rng(seed)
    anomalies = np.flatnonzero(labels == 1)
    if len(anomalies) > limit // 2:
        anomalies = rng.choice(anomalies, limit // 2, replace=False)
    top = np.argpartition(scores, n - limit // 10)[n - limit // 10 :]
    kept = np.union1d(anomalies, top)
    rest = np.setdiff1d(np.arange(n), kept, assume_unique=True)
    return np.sort(np.concatenate([kept, rng.choice(rest, limit - len(kept), replace=False)])).astype(np.int64)
