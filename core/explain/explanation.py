"""All that is told of one row, as plain values: what the page, the command line and a report show."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class FeatureReason:
    """One feature of the row; numbers are NaN where there are none, texts are as a person reads them."""

    feature: str
    kind: str
    """number, category or date."""
    actual: str
    expected: str
    """What rows like this one have there: a value that one of them has."""
    rebuilt: str
    """What the network makes of it when it is shown the expected value instead: expected given the rest."""
    actual_value: float
    expected_value: float
    rebuilt_value: float
    spread: float
    """How far held-out rows usually are from what is expected given the rest, in the column's unit."""
    off: float
    """The distance from what is expected, in spreads."""
    contribution: float
    """Its share of what sets the row apart; they add up to 1."""
    phrase: str


@dataclass(frozen=True)
class Step:
    """The score after one more column was put as the nearest normal row has it."""

    feature: str
    score: float
    explained: float
    """The share of what sets the row apart that the columns up to here make."""


@dataclass(frozen=True)
class Neighbour:
    """A normal training row, in the user's units."""

    row: int
    distance: float
    """Euclidean, over the encoded columns, none of which counts for more than three standard deviations."""
    values: dict[str, str]


@dataclass(frozen=True)
class Explanation:
    """Why a row has its score."""

    row: int
    part: str
    label: int
    score: float
    threshold: float
    uncertainty: float | None
    """How far members or passes disagree about the score."""
    rank: int
    """1 is the highest score of all rows."""
    rows: int
    p_value: float
    """Conformal: (1 + held-out normal rows that score at least as high) / (1 + held-out normal rows)."""
    held_out: int
    sentence: str
    method: str
    reasons: tuple[FeatureReason, ...]
    """The largest contribution first."""
    steps: tuple[Step, ...]
    enough: int | None
    """So many of the first columns put right take the row below the threshold; None where it needs more than those."""
    nearest: tuple[Neighbour, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain values that JSON can hold."""
        return asdict(self)
