"""The threshold suggested by verdicts: above it a row is more likely an anomaly than not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

ENOUGH = 3
"""Verdicts of each kind that it takes."""
_SPREAD = 5.0
"""Prior standard deviation of where the odds are even, in factors of e of the rank."""


@dataclass(frozen=True)
class Suggestion:
    """A threshold with what the verdicts say about it."""

    threshold: float | None
    """None while there are too few verdicts."""
    caught: int = 0
    """Judged anomalies above it, of :attr:`anomalies`."""
    anomalies: int = 0
    alarms: int = 0
    """Rows above it that were judged normal, of :attr:`normal`."""
    normal: int = 0
    missing: str = ""
    """What it still takes, as a sentence."""

    def to_dict(self) -> dict[str, Any]:
        """Plain values that JSON can hold."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


def suggest(prior: Floats, score: Floats, anomalous: NDArray[np.bool_]) -> Suggestion:
    """The score at which the odds are even, by logistic regression on the logarithm of the rank.

    Weakly held priors (a slope of about 1, even odds at the present threshold) keep it finite where the verdicts are
    told apart completely; it never leaves the range of the judged scores.

    Parameters
    ----------
    prior
        The log-odds of the ranks of the judged rows (:class:`core.triage.learn.RankingData`).
    score
        Their scores.
    anomalous
        What they were judged to be.
    """
    anomalies, normal = int(anomalous.sum()), int((~anomalous).sum())
    if min(anomalies, normal) < ENOUGH:
        lacking = [
            f"{ENOUGH - count} more judged {name}"
            for count, name in ((anomalies, "anomalous"), (normal, "normal"))
            if count < ENOUGH
        ]
        return Suggestion(None, anomalies=anomalies, normal=normal, missing=f"It takes {' and '.join(lacking)}.")
    slope, offset = _fitted(prior, anomalous)
    # Scores fall with the rank's odds; between two judged rows the score is found by its place between theirs.
    order = np.argsort(prior, kind="stable")
    threshold = float(np.interp(-offset / slope, prior[order], score[order]))
    caught, alarms = int((score[anomalous] > threshold).sum()), int((score[~anomalous] > threshold).sum())
    return Suggestion(threshold, caught, anomalies, alarms, normal)


def _fitted(prior: Floats, anomalous: NDArray[np.bool_]) -> tuple[float, float]:
    """Slope and offset of the log-odds: the most likely ones, the logarithm of the slope being about 0 ± 0.5."""
    y = anomalous.astype(np.float64)
    best, found = -np.inf, (1.0, 0.0)
    # Two numbers, and a smooth function of them: a grid is sure where Newton's method may run away.
    offsets = np.linspace(-3 * _SPREAD, 3 * _SPREAD, 241)
    for slope in np.exp(np.linspace(-1.5, 1.5, 31)):
        odds = slope * prior[None] + offsets[:, None]
        likely = -np.logaddexp(0.0, np.where(y, -odds, odds)).sum(axis=1)
        likely -= 0.5 * (np.log(slope) / 0.5) ** 2 + 0.5 * (offsets / _SPREAD) ** 2
        place = int(likely.argmax())
        if likely[place] > best:
            best, found = float(likely[place]), (float(slope), float(offsets[place]))
    return found
