"""How much of a row's score each feature makes: the score again, with that feature as it is in rows like this one.

A residual is a poor answer where a wide network copies what it reads, or where the error of one column spreads over its
neighbours; and it says nothing of a score that is more than an error. What the score becomes answers for whatever it is
made of. It is asked from both ends: how far it falls when the feature is put as expected, and how far that of the
nearest usual row rises when it is given the feature; where several columns are odd together the first alone sees none
of them. The mean of both is the first and the last term of a Shapley value. Measured on planted changes
(``anomalens bench explanations``, and the changelog).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.explain.reference_rows import ReferenceRows

if TYPE_CHECKING:
    from core.detector.trained import Trained

LogScore = Callable[[NDArray[np.float32]], NDArray[np.float64]]
"""Encoded rows to a logarithm of their scores, on which differences count: no scale, no clipping."""
CANDIDATES = 6
"""Features that are tried where many rows are explained: those with the largest parts of the error."""
_AT_ONCE = 16_384
"""Replaced rows that are scored together."""


@dataclass(frozen=True)
class ScoreAttribution:
    """What each feature does to the score of each row: differences of its logarithm, 0 where it was not tried."""

    score: NDArray[np.float64]
    """The logarithm of the score as it is, shape (n,)."""
    fall: NDArray[np.float64]
    """How far it falls with that feature as expected, shape (n, features)."""
    rise: NDArray[np.float64]
    """How far that of the nearest usual row rises when it is given that feature, shape (n, features)."""
    source: NDArray[np.int64]
    """The usual row that the expected value was taken from, shape (n, features); -1 where it was not tried."""
    base: NDArray[np.int64]
    """The nearest usual row, shape (n,)."""

    @property
    def effect(self) -> NDArray[np.float64]:
        """The mean of both ends, never negative, shape (n, features)."""
        return np.maximum((self.fall + self.rise) / 2, 0.0)

    @property
    def contributions(self) -> NDArray[np.float64]:
        """The effects as shares that add up to 1; all zero where nothing makes the score what it is."""
        effect = self.effect
        total = effect.sum(axis=1, keepdims=True)
        shares: NDArray[np.float64] = effect / np.where(total > 0, total, 1.0)
        return shares


def log_score(trained: Trained) -> LogScore:
    """The logarithm of a detector's score, from one pass where a variational network makes several."""
    from core.scoring.errors import row_errors

    config = replace(trained.recipe.score, passes=1)

    def of(x: NDArray[np.float32]) -> NDArray[np.float64]:
        rows = np.ascontiguousarray(x, dtype=np.float32)
        errors = row_errors(trained.members, rows, config, trained.recipe.seed, trained.fitted_scores or None)
        return trained.scorer.log10_error(errors)

    return of


def attribution(
    x: NDArray[np.float32],
    score: LogScore,
    usual: ReferenceRows,
    tried: NDArray[np.bool_] | None = None,
    own: NDArray[np.int64] | None = None,
) -> ScoreAttribution:
    """Ask for each feature of each row what it does to the score.

    Parameters
    ----------
    x
        Encoded rows, shape (n, width).
    score
        What is to be explained.
    usual
        Normal rows, which say what is expected.
    tried
        Which features of which rows, shape (n, features); all by default.
    own
        The rows' own numbers in the table, for those that are usual rows themselves.
    """
    n, m = len(x), usual.features
    found = ScoreAttribution(
        score(x) if n else np.zeros(0),
        np.zeros((n, m)),
        np.zeros((n, m)),
        np.full((n, m), -1, dtype=np.int64),
        np.zeros(n, dtype=np.int64),
    )
    numbers = np.full(n, -1, dtype=np.int64) if own is None else own
    rows_at_once = max(1, _AT_ONCE // (2 * m if tried is None else 2 * max(1, int(tried.sum(axis=1).max(initial=1)))))
    for start in range(0, n, rows_at_once):
        some = range(start, min(start + rows_at_once, n))
        features = [np.arange(m) if tried is None else np.flatnonzero(tried[i]) for i in some]
        copies = []
        for i, own_features in zip(some, features, strict=True):
            apart = usual.apart(x[i])
            found.base[i] = usual.nearest(apart, 1, int(numbers[i]))[0]
            found.source[i, own_features] = usual.expected(apart, own_features, int(numbers[i]))
            values = usual.x[found.source[i, own_features]]
            copies.append(exchanged(x[i], values, usual, own_features))
            copies.append(exchanged(usual.x[found.base[i]], np.broadcast_to(x[i], values.shape), usual, own_features))
        after = score(np.concatenate(copies))
        before = score(usual.x[found.base[some.start : some.stop]])
        place = 0
        for i, own_features, floor in zip(some, features, before, strict=True):
            k = len(own_features)
            found.fall[i, own_features] = found.score[i] - after[place : place + k]
            found.rise[i, own_features] = after[place + k : place + 2 * k] - floor
            place += 2 * k
    return found


def exchanged(
    row: NDArray[np.float32], values: NDArray[np.float32], usual: ReferenceRows, features: NDArray[np.integer]
) -> NDArray[np.float32]:
    """A row once for each of some features, with that one feature from another row; shape (features, width).

    Parameters
    ----------
    row
        Encoded, shape (width,).
    values
        The row to take each feature from, shape (features, width).
    usual
        Knows which encoded columns are a feature's.
    features
        Which.
    """
    copies: NDArray[np.float32] = np.repeat(row[None], len(features), axis=0)
    for copy, feature, value in zip(copies, features, values, strict=True):
        place = usual.place(int(feature))
        copy[place] = value[place]
    return copies


def candidates(shares: NDArray[np.float64], most: int = CANDIDATES) -> NDArray[np.bool_]:
    """The features with the largest shares of each row, shape (n, features)."""
    tried = np.zeros(shares.shape, dtype=bool)
    places = np.argsort(-shares, axis=1, kind="stable")[:, :most]
    np.put_along_axis(tried, places, True, axis=1)
    return tried
