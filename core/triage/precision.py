"""How many of the flagged rows are anomalies, as far as verdicts tell, and of which rows that is true."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from core.triage.current_verdicts import RowVerdict

_Z = 1.959964
RANDOM_ENOUGH = 5
"""Rows drawn at random from which on they alone are asked."""


@dataclass(frozen=True)
class Precision:
    """A share with its 95 % interval (Wilson, 1927)."""

    anomalies: int
    decided: int
    """Flagged rows that were judged anomalous or normal; those judged unsure do not count."""
    value: float | None
    low: float | None
    high: float | None
    about: str
    """Of which rows this is the precision, in a sentence."""

    def to_dict(self) -> dict[str, Any]:
        """Plain values that JSON can hold."""
        return {name: getattr(self, name) for name in ("anomalies", "decided", "value", "low", "high", "about")}


def wilson(hits: int, of: int) -> tuple[float, float]:
    """The interval in which a share lies with 95 % confidence, given ``hits`` of ``of``; (0, 1) of nothing."""
    if not of:
        return 0.0, 1.0
    share, z2 = hits / of, _Z**2
    centre = (share + z2 / (2 * of)) / (1 + z2 / of)
    half = _Z / (1 + z2 / of) * math.sqrt(share * (1 - share) / of + z2 / (4 * of**2))
    return max(0.0, centre - half) if hits else 0.0, min(1.0, centre + half) if hits < of else 1.0


def precision(flagged: Iterable[RowVerdict], total: int) -> Precision:
    """The precision among flagged rows.

    A row that is judged because its score is high, or because its verdict teaches much, is not like the others; only
    rows drawn at random speak for all. Where there are some of these, they alone are counted.

    Parameters
    ----------
    flagged
        The judged rows that are above the threshold.
    total
        How many rows are above the threshold, judged or not.
    """
    decided = [one.entry for one in flagged if one.entry.verdict != "unsure"]
    random = [entry for entry in decided if entry.shown_by == "random"]
    if len(decided) >= total > 0:
        counted, about = decided, "Every flagged row has been judged: this is the precision, not an estimate."
    elif len(random) >= RANDOM_ENOUGH:
        counted, about = random, "An estimate for all flagged rows, from those that were drawn at random."
    elif decided and all(entry.shown_by == "score" for entry in decided):
        counted = decided
        about = (
            "Of the highest scores, which were judged first: all flagged rows together will have less. "
            f"Judge {RANDOM_ENOUGH} or more in random order to learn how much."
        )
    else:
        counted = decided
        about = (
            "Of the rows judged, which were not drawn at random: among all flagged rows it can be higher or lower. "
            f"Judge {RANDOM_ENOUGH} or more in random order to learn by how much."
        )
    hits, of = sum(entry.verdict == "anomaly" for entry in counted), len(counted)
    if not of:
        return Precision(0, 0, None, None, None, "Judge a flagged row to see the first estimate.")
    if len(decided) >= total > 0:
        return Precision(hits, of, hits / of, hits / of, hits / of, about)
    return Precision(hits, of, hits / of, *wilson(hits, of), about)
