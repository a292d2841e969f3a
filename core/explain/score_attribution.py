"""How much of a unit's score each part makes: the score again, with that part as it is in units like this one.

A residual is a poor answer where a wide network copies what it reads, or where the error of one part spreads over its
neighbours; and it says nothing of a score that is more than an error. What the score becomes answers for whatever it is
made of. It is asked from both ends: how far it falls when the part is put as expected, and how far that of the nearest
reference unit rises when it is given the part; where several parts are odd together the first alone sees none of them.
The mean of both is the first and the last term of a Shapley value. Measured on planted changes (``anomalens bench
explanations``, and the changelog).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.explain.reference_units import ReferenceUnits

if TYPE_CHECKING:
    from core.detector.trained import TrainedDetector

LogScore = Callable[[NDArray[np.float32]], NDArray[np.float64]]
"""Flat units to a logarithm of their scores, on which differences count: no scale, no clipping."""
CANDIDATES = 6
"""Parts that are tried where many samples are explained: those with the largest parts of the error."""
_AT_ONCE = 16_384
"""Units with an exchanged part that are scored together."""
_BYTES = 256 << 20
"""What these take at most."""


@dataclass(frozen=True)
class ScoreAttribution:
    """What each part does to the score of each unit: differences of its logarithm, 0 where it was not tried."""

    score: NDArray[np.float64]
    """The logarithm of the score as it is, shape (n,)."""
    fall: NDArray[np.float64]
    """How far it falls with that part as expected, shape (n, parts)."""
    rise: NDArray[np.float64]
    """How far that of the nearest reference unit rises when it is given that part, shape (n, parts)."""
    source: NDArray[np.int64]
    """The reference unit that the expected values were taken from, shape (n, parts); -1 where it was not tried."""
    base: NDArray[np.int64]
    """The nearest reference unit, shape (n,)."""

    @property
    def effect(self) -> NDArray[np.float64]:
        """The mean of both ends, never negative, shape (n, parts)."""
        return np.maximum((self.fall + self.rise) / 2, 0.0)

    @property
    def contributions(self) -> NDArray[np.float64]:
        """The effects as shares that add up to 1; all zero where nothing makes the score what it is."""
        effect = self.effect
        total = effect.sum(axis=1, keepdims=True)
        shares: NDArray[np.float64] = effect / np.where(total > 0, total, 1.0)
        return shares


def log_score(trained: TrainedDetector) -> LogScore:
    """The logarithm of a detector's score, from one pass where a variational network makes several."""
    from core.scoring.errors import row_errors

    config = replace(trained.recipe.score, passes=1)
    shape = trained.encoder.layout.shape

    def of(x: NDArray[np.float32]) -> NDArray[np.float64]:
        units = np.ascontiguousarray(x, dtype=np.float32).reshape(len(x), *shape)
        errors = row_errors(trained.members, units, config, trained.recipe.seed, trained.fitted_scores or None)
        return trained.scorer.log10_error(errors)

    return of


def attribution(
    x: NDArray[np.float32],
    score: LogScore,
    reference: ReferenceUnits,
    tried: NDArray[np.bool_] | None = None,
    ids: NDArray[np.int64] | None = None,
) -> ScoreAttribution:
    """Ask for each part of each unit what it does to the score.

    Parameters
    ----------
    x
        Flat units, shape (n, positions).
    score
        What is to be explained.
    reference
        Units of normal samples, which say what is expected.
    tried
        Which parts of which units, shape (n, parts); all by default.
    ids
        The units' own samples, for those that are among the reference themselves.
    """
    n, m = len(x), reference.n_parts
    found = ScoreAttribution(
        score(x) if n else np.zeros(0),
        np.zeros((n, m)),
        np.zeros((n, m)),
        np.full((n, m), -1, dtype=np.int64),
        np.zeros(n, dtype=np.int64),
    )
    exclude = np.full(n, -1, dtype=np.int64) if ids is None else ids
    exchanges = 2 * (m if tried is None else max(1, int(tried.sum(axis=1).max(initial=1))))
    at_once = max(1, min(_AT_ONCE, _BYTES // (4 * reference.x.shape[1])) // exchanges)
    for start in range(0, n, at_once):
        some = range(start, min(start + at_once, n))
        parts = [np.arange(m) if tried is None else np.flatnonzero(tried[i]) for i in some]
        copies = []
        for i, own_parts in zip(some, parts, strict=True):
            apart = reference.part_distances(x[i])
            found.base[i] = reference.nearest(apart, 1, int(exclude[i]))[0]
            found.source[i, own_parts] = reference.expected(apart, own_parts, int(exclude[i]))
            values = reference.x[found.source[i, own_parts]]
            base = reference.x[found.base[i]]
            copies.append(exchanged(x[i], values, reference, own_parts))
            copies.append(exchanged(base, np.broadcast_to(x[i], values.shape), reference, own_parts))
        after = score(np.concatenate(copies))
        before = score(reference.x[found.base[some.start : some.stop]])
        place = 0
        for i, own_parts, floor in zip(some, parts, before, strict=True):
            k = len(own_parts)
            found.fall[i, own_parts] = found.score[i] - after[place : place + k]
            found.rise[i, own_parts] = after[place + k : place + 2 * k] - floor
            place += 2 * k
    return found


def exchanged(
    unit: NDArray[np.float32], values: NDArray[np.float32], reference: ReferenceUnits, parts: NDArray[np.integer]
) -> NDArray[np.float32]:
    """A unit once for each of some parts, with that one part from another unit; shape (parts, positions).

    Parameters
    ----------
    unit
        Flat, shape (positions,).
    values
        The unit to take each part from, shape (parts, positions).
    reference
        Knows which positions are a part's.
    parts
        Which.
    """
    copies: NDArray[np.float32] = np.repeat(unit[None], len(parts), axis=0)
    for copy, part, value in zip(copies, parts, values, strict=True):
        place = reference.positions_of(int(part))
        copy[place] = value[place]
    return copies


def assemble(values: NDArray[np.float32], reference: ReferenceUnits) -> NDArray[np.float32]:
    """One unit of a unit per part: each part as its own unit has it, shape (parts, positions) to (positions,)."""
    unit: NDArray[np.float32] = np.empty(values.shape[1], dtype=np.float32)
    for part, value in enumerate(values):
        place = reference.positions_of(part)
        unit[place] = value[place]
    return unit


def candidates(shares: NDArray[np.float64], most: int = CANDIDATES) -> NDArray[np.bool_]:
    """The parts with the largest shares of each unit, shape (n, parts)."""
    tried = np.zeros(shares.shape, dtype=bool)
    places = np.argsort(-shares, axis=1, kind="stable")[:, :most]
    np.put_along_axis(tried, places, True, axis=1)
    return tried
