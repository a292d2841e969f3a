"""What a family is called where nobody has named it: the parts that its rows have in common, and in which direction."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from core.words import clipped

if TYPE_CHECKING:
    from core.explain.explanation import FeatureReason

BESIDE = 0.5
"""A second part is named where its mean share is at least so much of the first one's."""


def reason_words(reasons: Sequence[FeatureReason], shares: Mapping[str, float]) -> str:
    """The reason of a family: "latency_ms high", "cpu_percent high, requests low", "service http".

    Parameters
    ----------
    reasons
        Those of its typical sample, for the direction.
    shares
        The mean share of the parts that contribute most to its samples.
    """
    first = sorted(shares, key=lambda name: -shares[name])[:2]
    named = [name for name in first if shares[name] >= BESIDE * shares[first[0]]]
    known = {reason.feature: reason for reason in reasons}
    return ", ".join(_words(known[name]) for name in named if name in known)


def _words(reason: FeatureReason) -> str:
    name, apart = clipped(reason.feature), reason.actual_value - reason.expected_value
    if not reason.actual:
        return f"{name} missing"
    if math.isfinite(apart) and apart:
        return f"{name} {'high' if apart > 0 else 'low'}"
    return f"{name} {clipped(reason.actual)}" if reason.kind == "category" else name
