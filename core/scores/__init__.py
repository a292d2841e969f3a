"""The scores, one kind a file: how far a row is from what the network learnt. Higher is more anomalous, never below 0.

Imports no torch, so that the dashboard's server and the recipes know which scores there are; the kinds are handed
tensors and load torch where they need more of it.
"""

from core.registry import Registry
from core.scores.base import Score

SCORES: Registry[type[Score]] = Registry("score", "core.scores")

__all__ = ["SCORES", "Score", "score_names"]


def score_names() -> tuple[str, ...]:
    """Every kind in the order of a picker, the one to start with first."""
    return tuple(name for name, _ in sorted(SCORES.items(), key=lambda item: (item[1].order, item[0])))
