"""From the errors under several scores to one score per row: ensemble, scale, uncertainty.

A single one (one kind of score, of one network) is the score. Several are averaged as log z-scores: the logarithm of
each, in standard deviations from its mean over the training rows. Higher is more anomalous. Kinds of score count
alike, or by what each adds to the others on the training rows.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.recipe import ScoreConfig
from core.resolution import LOGARITHM, SQUARED, usable
from core.scoring import tail
from core.scoring.errors import RowErrors, over_first

_TINY = SQUARED
"""Errors below are rounding: they are squares."""
_FARTHEST = 600.0
"""Logarithms beyond it are held: exp of more is infinite."""
_EQUAL_ROWS = 100
"""Training rows that the belief in equal weights is worth, when weights are learnt."""
_MOST_ROWS = 4_000
"""More training rows count as these: the belief is never given up."""
_BESIDE = 0.125
"""What each score beside the first counts where the first decides."""
_RARITIES = {"probability": tail.fitted, "rank": tail.counted}


class Scores(NamedTuple):
    """A score per row, and how far the members or the Monte-Carlo passes disagree about it."""

    score: NDArray[np.float64]
    uncertainty: NDArray[np.float64] | None


@dataclass
class Scorer:
    """How errors under several scores become one score; what it learns from the training rows is set by ``fit``."""

    config: ScoreConfig
    means: list[float] = field(default_factory=list)
    """Of each one's logarithm over the training rows; empty for a single one."""
    deviations: list[float] = field(default_factory=list)
    weights: list[float] = field(default_factory=list)
    """Of each one, together 1; empty where all count alike."""
    offset: float = 0.0
    """Score = (raw score - offset) x factor, clipped when ``clipped``."""
    factor: float = 1.0
    clipped: bool = False
    rarity: tail.Rarity | None = None
    """Takes the place of the scale above where the score is a probability or a rank."""

    def fit(self, errors: RowErrors) -> None:
        """Learn from the training rows' errors what is usual."""
        if len(errors.errors) > 1:
            logs = np.log(np.maximum(errors.errors, _TINY))
            spreads = logs.std(axis=1)
            self.deviations = [usable(float(v), LOGARITHM) for v in spreads]
            # The mean of equal numbers is off by rounding; their median is not.
            self.means = [
                float(v if spread > LOGARITHM else middle)
                for v, spread, middle in zip(logs.mean(axis=1), spreads, np.median(logs, axis=1), strict=True)
            ]
            if self.config.weights == "first":
                # The logarithms as they are, less their means: no deviation makes one count more than it is said to.
                self.deviations = [1.0] * len(self.means)
                self.weights = first_weights(len(self.means), len(self.config.kinds))
            elif self.config.weights == "correlation":
                self.weights = shared_weights(self._log_z(errors), len(self.config.kinds))
        if self.config.normalise == "minmax":
            raw = self.raw(errors).score
            low, high = float(raw.min()), float(raw.max())
            least, size = LOGARITHM * abs(high), max(abs(high), _TINY)
            self.offset, self.factor = low, 1 / usable(high - low, max(_TINY, least), size)
        elif self.config.normalise in _RARITIES:
            self.rarity = _RARITIES[self.config.normalise](self.raw(errors).score)

    def scale_by(self, threshold: float) -> float:
        """Make the score ``clip(raw / (2 x threshold), 0, 1)``; returns the threshold on that scale."""
        self.offset, self.factor, self.clipped = 0.0, 1 / (2 * max(threshold, _TINY)), True
        return 0.5

    def raw(self, errors: RowErrors) -> Scores:
        """Scores before they are scaled: that of one, the mean log z-score of several."""
        if len(errors.errors) == 1:
            return Scores(errors.errors[0], None if errors.spread is None else errors.spread[0])
        z = self._log_z(errors)
        score, spread = self._mean(z), over_first(z)[1]
        if self.config.normalise == "none":
            return Scores(score, spread)
        # A scale from 0 needs an error again, not its logarithm; the order of the rows stays.
        error = self._as_error(score)
        return Scores(error, error * spread * float(np.mean(self.deviations)))

    def scores(self, errors: RowErrors) -> Scores:
        """The scores that the user sees."""
        raw = self.raw(errors)
        if self.rarity is not None:
            return self._rare(raw, self.rarity)
        score = (raw.score - self.offset) * self.factor
        if self.clipped:
            score = np.clip(score, 0.0, 1.0)
        return Scores(score, None if raw.uncertainty is None else raw.uncertainty * self.factor)

    def _rare(self, raw: Scores, rarity: tail.Rarity) -> Scores:
        score, spread = rarity(raw.score), raw.uncertainty
        if spread is None:
            return Scores(score, None)
        return Scores(score, (rarity(raw.score + spread) - rarity(raw.score - spread)) / 2)

    def log10_error(self, errors: RowErrors) -> NDArray[np.float64]:
        """The decimal logarithm of each row's error, for a histogram; an ensemble's score is put back on that scale."""
        one = len(errors.errors) == 1
        error = errors.errors[0] if one else self._as_error(self._mean(self._log_z(errors)))
        logs: NDArray[np.float64] = np.log10(np.maximum(error, _TINY))
        return logs

    def to_dict(self) -> dict[str, Any]:
        """What was learnt, as plain values."""
        return {
            "means": self.means,
            "deviations": self.deviations,
            "weights": self.weights,
            "offset": self.offset,
            "factor": self.factor,
            "clipped": self.clipped,
            "rarity": None if self.rarity is None else self.rarity.to_dict(),
        }

    @classmethod
    def from_dict(cls, config: ScoreConfig, values: Mapping[str, Any]) -> "Scorer":
        """The scorer that :meth:`to_dict` wrote."""
        rarity = values.get("rarity")
        return cls(config, **{**values, "rarity": None if rarity is None else tail.Rarity.from_dict(rarity)})

    def _log_z(self, errors: RowErrors) -> NDArray[np.float64]:
        logs = np.log(np.maximum(errors.errors, _TINY))
        z: NDArray[np.float64] = (logs - np.array(self.means)[:, None]) / np.array(self.deviations)[:, None]
        return z

    def _mean(self, z: NDArray[np.float64]) -> NDArray[np.float64]:
        """The mean of the z-scores by their weights, shape (n,)."""
        if not self.weights:
            return over_first(z)[0]
        # One after the other: numpy adds in another order where there is a single row, with other last bits.
        total = np.zeros(z.shape[1])
        for weight, one in zip(self.weights, z, strict=True):
            total += weight * one
        return total

    def _as_error(self, z: NDArray[np.float64]) -> NDArray[np.float64]:
        error: NDArray[np.float64] = np.exp(np.minimum(z * np.mean(self.deviations) + np.mean(self.means), _FARTHEST))
        return error


def first_weights(scores: int, kinds: int) -> list[float]:
    """The weights under which the first kind counts in full and each other an eighth, over all members together 1."""
    own = np.array([1.0] + [_BESIDE] * (kinds - 1))
    return [float(weight) for weight in np.tile(own / own.sum() / (scores // kinds), scores // kinds)]


def shared_weights(z: NDArray[np.float64], kinds: int) -> list[float]:
    """The weight of each score, by what its kind adds to the others; never negative, together 1.

    Proportional to (R + l I)^-1 1, the weights of the mean of least variance (Bates and Granger, 1969), with R the
    correlations over the training rows of the kinds' z-scores: kinds that say the same share their weight. l is 100
    over the number of rows, as though that many rows had been seen under which the kinds are independent: with few
    rows, to which networks and mixtures fit themselves, the weights are near to equal.

    Parameters
    ----------
    z
        Log z-scores of training rows, the kinds of the first member, then those of the second, …; shape (scores, n).
    kinds
        How many kinds there are.
    """
    members, n = len(z) // kinds, z.shape[1]
    by_kind = z.reshape(members, kinds, n).mean(axis=0)
    centred = by_kind - by_kind.mean(axis=1, keepdims=True)
    # A kind under which the training rows are all equal has said nothing yet, and counts as any other.
    deviations = np.array([usable(float(one.std()), LOGARITHM) for one in by_kind])
    # Not as a product of matrices, whose last bits depend on how many threads share it.
    covariance = np.array([[float((a * b).mean()) for b in centred] for a in centred])
    correlations = covariance / np.outer(deviations, deviations)
    np.fill_diagonal(correlations, 1 + _EQUAL_ROWS / min(n, _MOST_ROWS))
    weights = np.linalg.solve(correlations, np.ones(kinds)).clip(min=0.0) / deviations
    return [float(weight) for weight in np.tile(weights / weights.sum() / members, members)]
