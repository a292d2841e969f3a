"""NAB's score: detections count the more the earlier they come in a labelled window, and cost where there is none.

The scoring of the Numenta Anomaly Benchmark (Lavin and Ahmad, 2015), with its three profiles. The threshold is one for
all files, the best one for each profile; 0 is a detector that never alarms, 100 one that alarms at the beginning of
every window and nowhere else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

PROBATION, MOST_PROBATION = 0.15, 750
"""Of each file so many moments are not judged: 15 % of them, of the first 5,000 at most."""


@dataclass(frozen=True)
class NabProfile:
    """What a hit, a false alarm and a miss count."""

    hit: float
    false_alarm: float
    miss: float


PROFILES = {
    "standard": NabProfile(1.0, 0.11, 1.0),
    "reward_low_fp": NabProfile(1.0, 0.22, 1.0),
    "reward_low_fn": NabProfile(1.0, 0.11, 2.0),
}


@dataclass(frozen=True)
class NabFile:
    """The scores of one file, and its windows as first and last moments, both ends included."""

    scores: Floats
    windows: Sequence[tuple[int, int]]


def nab_scores(files: Sequence[NabFile]) -> dict[str, float]:
    """The score of a detector under each profile."""
    return {name: _score(files, profile) for name, profile in PROFILES.items()}


def _score(files: Sequence[NabFile], profile: NabProfile) -> float:
    """The normalised score at the best threshold over all files."""
    score, gain = [], []
    count = 0
    for file in files:
        probation = probationary(len(file.scores))
        weights, window = _weights(len(file.scores), file.windows, profile)
        order = np.argsort(-file.scores, kind="stable")
        order = order[order >= probation]
        change = np.where(window[order] < 0, weights[order], 0.0)
        # Of a window only the earliest detection counts: what a lower threshold adds is how much earlier it is.
        judged = [k for k, (_, last) in enumerate(file.windows) if last >= probation]
        count += len(judged)
        for k in judged:
            inside = np.flatnonzero(window[order] == k)
            best = np.maximum.accumulate(weights[order[inside]])
            change[inside] = np.diff(best, prepend=-profile.miss)
        score.append(file.scores[order])
        gain.append(change)
    if not count:
        return 0.0
    scores, gains = np.concatenate(score), np.concatenate(gain)
    order = np.argsort(-scores, kind="stable")
    total = np.cumsum(gains[order])
    # A threshold lets all equal scores through together.
    ends = np.append(np.diff(scores[order]) != 0, True)
    null = -profile.miss * count
    best_raw = null + max(0.0, float(total[ends].max(initial=0.0)))
    return 100 * (best_raw - null) / (profile.hit * count - null)


def probationary(moments: int) -> int:
    """How many of a file's moments are not judged."""
    return min(int(PROBATION * moments), MOST_PROBATION)


def _weights(moments: int, windows: Sequence[tuple[int, int]], profile: NabProfile) -> tuple[Floats, NDArray[np.int64]]:
    """What a detection at each moment counts, and the window that it is in, -1 outside."""
    weights, window = np.full(moments, -profile.false_alarm), np.full(moments, -1, dtype=np.int64)
    largest = _sigmoid(np.array([-1.0]))[0]
    for k, (first, last) in enumerate(windows):
        width = last - first + 1
        inside = np.arange(first, last + 1)
        window[inside] = k
        weights[inside] = profile.hit * _sigmoid(-(last - inside + 1) / width) / largest
        following = windows[k + 1][0] if k + 1 < len(windows) else moments
        behind = np.arange(last + 1, following)
        weights[behind] = profile.false_alarm * _sigmoid((behind - last) / max(1, width - 1))
    return weights, window


def _sigmoid(position: Floats) -> Floats:
    """1 long before the end of a window, 0 there, -1 long behind it."""
    found: Floats = np.where(position > 3.0, -1.0, 2 / (1 + np.exp(5 * np.minimum(position, 3.0))) - 1)
    return found
