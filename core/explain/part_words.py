"""A sample's parts in plain words, for every kind of data: what each is, what was expected, and how far off that is."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from core.explain.explanation import FeatureReason
from core.words import clipped

MOST = 3
"""Parts that a sentence names."""
ENOUGH = 0.8
LEAST = 0.12
"""A sentence stops when its parts make so much of what sets the sample apart, and names none that makes less."""
Shown = tuple[NDArray[np.float64], Sequence[str]]
"""Each part as a number, NaN where it is none, and as people read it."""


def describe_parts(
    parts: Sequence[str],
    actual: Shown,
    expected: Shown,
    rebuilt: Shown,
    spread: NDArray[np.float64],
    contributions: NDArray[np.float64],
    order: NDArray[np.int64],
    peers: str,
) -> tuple[tuple[FeatureReason, ...], str]:
    """The parts, the largest contribution first, and a sentence of the first ones.

    Parameters
    ----------
    parts
        What they are called.
    actual, expected, rebuilt
        What they are, what samples like this one have, what the networks make of them given the rest.
    spread
        How far off the expectation usually is, by part.
    contributions, order
        The share of each part in what sets the sample apart, and the parts by it.
    peers
        What the samples that it is compared with are called.
    """
    reasons = []
    for j in order.tolist():
        value, target = float(actual[0][j]), float(expected[0][j])
        off = abs(value - target) / spread[j] if spread[j] > 0 else math.nan
        reasons.append(
            FeatureReason(
                feature=parts[j],
                kind="part" if math.isnan(value) else "number",
                actual=actual[1][j],
                expected=expected[1][j],
                rebuilt=rebuilt[1][j],
                actual_value=value,
                expected_value=target,
                rebuilt_value=float(rebuilt[0][j]),
                spread=float(spread[j]),
                off=float(off),
                contribution=float(contributions[j]),
                phrase=phrase(parts[j], actual[1][j], expected[1][j], float(off), peers),
            )
        )
    return tuple(reasons), sentence([reason.phrase for reason in reasons], [r.contribution for r in reasons])


def phrase(part: str, actual: str, expected: str, off: float, peers: str) -> str:
    """One part in words."""
    name = clipped(part)
    if not actual or not expected or actual == expected:
        return f"{name} is unlike that of {peers}"
    far = f", {off:.2g} times as far off as usual" if math.isfinite(off) and 2 <= off < 1e6 else ""
    return f"{name} is {clipped(actual)} where {peers} have {clipped(expected)}{far}"


def named(contributions: Sequence[float]) -> int:
    """How many parts a sentence names, of their contributions, the largest first."""
    total = 0.0
    for count, share in enumerate(contributions):
        if count == MOST or total >= ENOUGH or (share < LEAST and count) or share <= 0:
            return count
        total += share
    return len(contributions)


def sentence(phrases: Sequence[str], contributions: Sequence[float]) -> str:
    """The parts that matter as one sentence; empty where nothing stands out."""
    count = named(contributions)
    return "; ".join(phrases[:count]) + "." if count else ""
