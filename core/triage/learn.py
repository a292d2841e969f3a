"""A ranking fitted to few verdicts by a Gaussian process: rows like those judged anomalous rise.

The log-odds that a row is an anomaly are those that its rank gives it, plus a correction that is alike for rows that
are alike: a Gaussian process over the encoded columns, fitted to the verdicts (Laplace's approximation; Rasmussen and
Williams, 2006, chapter 3). How far a verdict reaches, how much it changes and how much the rank counts is not chosen:
each combination is believed as far as it had foreseen the verdicts (its marginal likelihood). One of them changes next
to nothing, so few or contradictory verdicts leave the ranking as it is. Measured by ``anomalens bench triage``.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

REACHES = (0.125, 0.25, 0.5, 1.0)
"""How far a verdict reaches, in median distances between the rows of the highest scores."""
AMPLITUDES = (0.01, 1.0, 4.0, 16.0)
"""Prior variances of the correction; the first is none to speak of."""
SLOPES = (0.7, 1.4)
"""By how much the log-odds fall when the rank grows by a factor of e."""
CAUTION = 3.0
"""How many times as likely it is, before any verdict, that likeness tells nothing. With 1 the benchmark's sets gained a
little more, and made-up ones in which likeness is noise lost more; with 10 the sets gained a third less."""
OFFSET = 25.0
"""Prior variance of a correction that all rows share: verdicts that all agree say where the line is, no more."""
WEIGHED = 100
"""Verdicts by which the combinations are weighed; beyond that many only the best few are fitted to all."""
MOST = 400
"""Verdicts that are learnt from, the latest."""
_FEW = 3
_LEAST = 0.01
_CLIP = 4.0
_TOP = 300


@dataclass(frozen=True)
class RankingData:
    """The rows of a run that a ranking can be learnt of."""

    x: NDArray[np.float32]
    """Encoded rows, shape (n, width), clipped so that no wild value decides alone what is alike."""
    prior: Floats
    """The rank's log-odds, shape (n,): 0 at the threshold, 1 where the rank is e times better."""
    reach: float
    """The median distance between the rows of the highest scores."""

    @classmethod
    def of(cls, x: NDArray[np.float32], score: Floats, threshold: float) -> RankingData:
        """Rows with their scores and the threshold that flags them."""
        # Not copied when it is within the bounds already: a run's rows are kept once, whatever the threshold.
        within = x.dtype == np.float32 and (not x.size or max(x.max(), -x.min()) <= _CLIP)
        clipped = x if within else clip(x)
        ascending = np.sort(score)
        above = len(score) - np.searchsorted(ascending, score, "right")
        # Equal scores share a rank.
        rank = above + (np.searchsorted(ascending, score, "right") - np.searchsorted(ascending, score, "left")) / 2
        flagged = max(10, int((score > threshold).sum()))
        top = clipped[np.argsort(-score, kind="stable")[:_TOP]]
        apart = np.sqrt(_squared(top, top)[np.triu_indices(len(top), 1)])
        apart = apart[apart > 1e-3]
        return cls(clipped, -np.log(rank / flagged), float(np.median(apart)) if apart.size else 1.0)

    def __len__(self) -> int:
        return len(self.x)


def clip(x: NDArray[np.float32]) -> NDArray[np.float32]:
    """Encoded rows within the bounds of the ranking."""
    clipped: NDArray[np.float32] = np.clip(x, -_CLIP, _CLIP).astype(np.float32)
    return clipped


@dataclass(frozen=True)
class RankingFit:
    """What verdicts say of some rows of the ranking."""

    odds: Floats
    """The mean of the log-odds of being an anomaly; the order of the rows."""
    variance: Floats
    """How unsure these are."""

    @property
    def probability(self) -> Floats:
        """Of being an anomaly, the uncertainty counted in (MacKay, 1992)."""
        return sigmoid(self.odds / np.sqrt(1.0 + np.pi * self.variance / 8.0))

    @property
    def teaches(self) -> Floats:
        """How much a verdict on each row would teach: most where it is open, and where nobody judged a row like it."""
        p = self.probability
        return p * (1.0 - p) * self.variance


def learn(
    ranking: RankingData,
    judged: NDArray[np.int64],
    anomalous: NDArray[np.bool_],
    at: NDArray[np.int64] | None = None,
    *,
    unsure: bool = True,
) -> RankingFit:
    """Learn from verdicts.

    Parameters
    ----------
    ranking
        The rows.
    judged
        The places of the judged rows in the ranking, the latest last.
    anomalous
        What each of them was judged to be.
    at
        The places of the rows to tell of; all by default.
    unsure
        Tell the variance too, which takes longer; else it is 0.
    """
    judged, anomalous = judged[-MOST:], anomalous[-MOST:]
    places = np.arange(len(ranking)) if at is None else at
    prior = ranking.prior[places]
    if not len(judged):
        flat = np.full(len(places), OFFSET + float(np.mean(AMPLITUDES)))
        return RankingFit(float(np.mean(SLOPES)) * prior, flat if unsure else np.zeros(len(places)))
    apart, inside = _squared(ranking.x[places], ranking.x[judged]), _squared(ranking.x[judged], ranking.x[judged])
    odds, variance = np.zeros(len(places)), np.zeros(len(places))
    believed = _believed(ranking, judged, anomalous, inside)
    for reach in {guess.reach for guess in believed}:
        near = _alike(apart, reach * ranking.reach)
        for guess, share in believed.items():
            if guess.reach != reach:
                continue
            fit = _fit(ranking, guess, judged, anomalous, inside)
            pulled = guess.amplitude * (near @ fit.pull) + OFFSET * fit.pull.sum()
            odds += share * (guess.slope * prior + pulled)
            if unsure:
                seen = (guess.amplitude * near + OFFSET) * fit.root
                known = np.einsum("ij,ij->i", seen @ np.linalg.inv(fit.inner), seen)
                variance += share * np.maximum(guess.amplitude + OFFSET - known, 1e-6)
    return RankingFit(odds, variance)


def reranked(ranking: RankingData, judged: NDArray[np.int64], anomalous: NDArray[np.bool_]) -> Floats:
    """What to order the rows by, higher is more anomalous: the rank alone until an anomaly has been judged one.

    Normal rows alone say nothing of what an anomaly is like: they lowered the average precision of one set of twenty.
    """
    if not anomalous[-MOST:].any():
        return ranking.prior
    return learn(ranking, judged, anomalous, unsure=False).odds


def sigmoid(odds: Floats) -> Floats:
    """Log-odds as probabilities."""
    probability: Floats = 1.0 / (1.0 + np.exp(-np.clip(odds, -40.0, 40.0)))
    return probability


@dataclass(frozen=True)
class _Guess:
    """A combination of what is not known beforehand."""

    reach: float
    amplitude: float
    slope: float


@dataclass(frozen=True)
class _Fit:
    """Laplace's approximation around the most likely corrections."""

    pull: Floats
    """What each verdict pulls its neighbourhood by."""
    root: Floats
    inner: Floats
    evidence: float
    """The logarithm of the marginal likelihood of the verdicts."""


def _fit(
    ranking: RankingData, guess: _Guess, judged: NDArray[np.int64], anomalous: NDArray[np.bool_], inside: Floats
) -> _Fit:
    """Newton's method for the mode of the corrections (Rasmussen and Williams, algorithm 3.1)."""
    kernel = guess.amplitude * _alike(inside, guess.reach * ranking.reach) + OFFSET
    prior, y = guess.slope * ranking.prior[judged], anomalous.astype(np.float64)
    g = np.zeros(len(judged))
    for _ in range(30):
        p = sigmoid(prior + g)
        root, inner = _curvature(kernel, p)
        b = root**2 * g + (y - p)
        before, g = g, kernel @ (b - root * np.linalg.solve(inner, root * (kernel @ b)))
        if np.abs(g - before).max() < 1e-4:
            break
    p = sigmoid(prior + g)
    root, inner = _curvature(kernel, p)
    likely = -np.logaddexp(0.0, np.where(anomalous, -1.0, 1.0) * (prior + g)).sum()
    return _Fit(y - p, root, inner, float(likely - 0.5 * g @ (y - p) - 0.5 * np.linalg.slogdet(inner)[1]))


def _curvature(kernel: Floats, p: Floats) -> tuple[Floats, Floats]:
    root = np.sqrt(p * (1.0 - p) + 1e-9)
    return root, np.eye(len(p)) + root[:, None] * kernel * root[None]


def _believed(
    ranking: RankingData, judged: NDArray[np.int64], anomalous: NDArray[np.bool_], inside: Floats
) -> dict[_Guess, float]:
    """The combinations that had foreseen the verdicts best, with their shares, which add up to 1."""
    some = np.arange(len(judged))
    if len(judged) > WEIGHED:
        some = np.linspace(0, len(judged) - 1, WEIGHED).astype(np.int64)
    guesses = [_Guess(*one) for one in product(REACHES, AMPLITUDES, SLOPES)]
    near = inside[np.ix_(some, some)]
    evidence = np.array([_fit(ranking, guess, judged[some], anomalous[some], near).evidence for guess in guesses])
    evidence += np.array([np.log(CAUTION) if guess.amplitude == AMPLITUDES[0] else 0.0 for guess in guesses])
    shares = np.exp(evidence - evidence.max())
    order = np.argsort(-shares, kind="stable")
    kept = [i for i in order[: _FEW if len(judged) > WEIGHED else None] if shares[i] >= _LEAST]
    return {guesses[i]: float(shares[i] / shares[kept].sum()) for i in kept}


def _alike(squared: Floats, reach: float) -> Floats:
    likeness: Floats = np.exp(-squared / (2.0 * reach**2))
    return likeness


def _squared(a: NDArray[np.float32], b: NDArray[np.float32]) -> Floats:
    """Squared distances between rows, shape (len(a), len(b))."""
    gap = np.square(a).sum(axis=1)[:, None] + np.square(b).sum(axis=1)[None] - 2.0 * (a @ b.T)
    squared: Floats = np.maximum(gap, 0.0).astype(np.float64)
    return squared
