"""How rare a score is among the training rows: by counting them, or by a tail fitted to the highest of them.

Both give 1 - p, p the share of ordinary rows that score higher, always strictly between 0 and 1, and keep the order
of any two rows that differ by more than rounding: beyond one in a million (a fitted tail), or beyond the highest
training row (counting), p falls with the logarithm only, so that it never rounds to 0.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.resolution import FLOAT64, SQUARED, usable

Values = NDArray[np.float64]

KNOTS = 2_048
"""Training scores that are kept, as quantiles, the highest ones closest together."""
TAIL = 0.1
"""The share of the training rows to which the tail is fitted."""
LEAST = 20
"""Rows that a tail needs; with fewer, shares are counted."""
RARE = 1e-6
"""Below this share p falls with the logarithm."""


@dataclass(frozen=True)
class Rarity:
    """The share of ordinary rows that score lower, as a rising function of the score.

    Between the knots it is linear. Below the lowest and above the highest it goes on for ever, ever more slowly.
    """

    scores: Values
    """Knots, rising."""
    above: Values
    """The share of the training rows that score higher than each knot, falling; within (0, 1)."""
    scale: float
    """What a step beyond the knots is measured by."""
    shape: float | None = None
    """Of the generalised Pareto tail beyond the highest knot; None counts instead."""

    def __call__(self, scores: Values) -> Values:
        """1 - p of each score."""
        low, high = self.scores[0], self.scores[-1]
        p = np.interp(scores, self.scores, self.above)
        up, down = scores > high, scores < low
        over = (scores[up] - high) / self.scale
        if self.shape is None:
            p[up] = self.above[-1] * _slow(np.log1p(over))
        else:
            # ln p of the tail: -ln(1 + shape y / scale) / shape, and -y / scale for shape 0.
            fall = over if self.shape == 0 else np.log1p(self.shape * over) / self.shape
            rare = max(0.0, np.log(self.above[-1] / RARE))
            p[up] = self.above[-1] * np.exp(-np.minimum(fall, rare)) * _slow(np.log1p(np.maximum(fall - rare, 0.0)))
        p[down] = 1 - (1 - self.above[0]) * _slow(np.log1p((low - scores[down]) / self.scale))
        result: Values = 1 - p
        return result

    def to_dict(self) -> dict[str, Any]:
        """The function as plain values."""
        return {
            "scores": self.scores.tolist(),
            "above": self.above.tolist(),
            "scale": self.scale,
            "shape": self.shape,
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Rarity":
        """The function that :meth:`to_dict` wrote."""
        return cls(np.array(values["scores"]), np.array(values["above"]), values["scale"], values["shape"])


def counted(training: Values) -> Rarity:
    """The empirical distribution of training scores (rank normalisation), linear between them."""
    ordered = np.sort(training)
    n = ordered.size
    ranks = _knots(n)
    scores, first = np.unique(ordered[ranks], return_index=True)
    # Equal scores share one knot, at the middle of their ranks.
    last = np.append(first[1:], ranks.size) - 1
    above = 1 - (ranks[first] + ranks[last] + 1) / (2 * n)
    spread, size = float(scores[-1] - scores[0]), abs(float(scores[0]))
    return Rarity(scores, above, usable(spread, FLOAT64 * size, max(size, SQUARED)))


def fitted(training: Values) -> Rarity:
    """Counted below, and a generalised Pareto distribution for the highest tenth of the training scores.

    Scores as probabilities are Kriegel et al.'s (2011); the tail is Pickands' (1975), fitted by probability-weighted
    moments (Hosking and Wallis, 1987). A tail that ends (a negative shape) is taken to be exponential instead, because
    a score beyond its end would have no order.
    """
    plain, ordered = counted(training), np.sort(training)
    n = ordered.size
    size = int(TAIL * n)
    start = float(ordered[n - size - 1]) if size < n else float(ordered[0])
    excesses = ordered[n - size :] - start
    if size < LEAST or not excesses[-1] > 0:
        return plain
    # b0 = E[y], b1 = E[y (1 - F(y))]
    b0 = float(excesses.mean())
    b1 = float(np.mean(excesses * (1 - (np.arange(size) + 0.65) / size)))
    shape = min(0.9, max(0.0, 2 - b0 / (b0 - 2 * b1))) if b0 > 2 * b1 else 0.9
    below = plain.scores < start
    scores = np.append(plain.scores[below], start)
    above = np.append(np.maximum(plain.above[below], size / n * (1 + 1e-9)), size / n)
    return Rarity(scores, above, max(b0 * (1 - shape), SQUARED), shape)


def _slow(t: Values) -> Values:
    """Falls from 1 without ever reaching 0, with the slope of exp(-t) at 0."""
    slow: Values = 1 / (1 + t)
    return slow


def _knots(n: int) -> NDArray[np.int64]:
    """Ranks of the training rows that are kept: all, or half of them even and half at the top."""
    if n <= KNOTS:
        return np.arange(n)
    even = np.linspace(0, n - 1, KNOTS // 2)
    top = n - np.geomspace(1, n, KNOTS // 2)
    return np.unique(np.concatenate([even, top]).astype(np.int64))
