"""Why one sample has its score, as plain values: what the page, the command line and a report show."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from core.modalities.attribution import Attribution


@dataclass(frozen=True)
class FeatureReason:
    """One part of the sample; numbers are NaN where there are none, texts are as a person reads them."""

    feature: str
    """What people call the part: a column, a channel, a tile, a token."""
    kind: str
    """number, category or date; part where it is several values."""
    actual: str
    expected: str
    """What samples like this one have there: a value that one of them has."""
    rebuilt: str
    """What the network makes of it when it is shown the expected value instead: expected given the rest."""
    actual_value: float
    expected_value: float
    rebuilt_value: float
    spread: float
    """How far held-out samples usually are from what is expected given the rest, in the part's unit."""
    off: float
    """The distance from what is expected, in spreads."""
    contribution: float
    """Its share of what sets the sample apart; they add up to 1."""
    phrase: str


@dataclass(frozen=True)
class WalkStep:
    """The score after one more part was put as the nearest normal sample has it."""

    feature: str
    score: float
    explained: float
    """The share of what sets the sample apart that the parts up to here make."""


@dataclass(frozen=True)
class Neighbour:
    """A normal training sample, in the user's units."""

    row: int
    distance: float
    """Euclidean, over the encoded numbers, none of which counts for more than three standard deviations."""
    values: dict[str, str]


@dataclass(frozen=True)
class ExplainedUnit:
    """The unit behind a sample's score beside what was expected of it, for who draws it."""

    actual: NDArray[np.float32]
    """As it is encoded, of the layout's shape."""
    expected: NDArray[np.float32]
    """As units like it have each part, of the layout's shape."""
    rebuilt: NDArray[np.float32]
    """What the networks make of each part that is shown to them as expected, of the layout's shape."""
    error: Attribution
    """The share of the networks' error at each position; of one unit."""
    content: Any
    """The sample's content; one sample."""
    expected_content: Any
    """The same with every part of the unit as expected."""


@dataclass(frozen=True)
class Explanation:
    """Why a sample has its score."""

    row: int
    part: str
    label: int
    score: float
    threshold: float
    uncertainty: float | None
    """How far members or passes disagree about the score."""
    rank: int
    """1 is the highest score of all samples."""
    rows: int
    """How many samples there are."""
    p_value: float
    """Conformal: (1 + held-out normal samples that score at least as high) / (1 + held-out normal samples)."""
    held_out: int
    sentence: str
    method: str
    reasons: tuple[FeatureReason, ...]
    """The largest contribution first."""
    steps: tuple[WalkStep, ...]
    enough: int | None
    """So many of the first parts put right take it below the threshold; None where it needs more than those."""
    nearest: tuple[Neighbour, ...]
    note: str = ""
    """Why the score was not shared in the way that was asked for; empty where it was."""
    unit: ExplainedUnit | None = None
    """What is drawn beside what was expected; None where the parts say it all."""

    def to_dict(self) -> dict[str, Any]:
        """Plain values that JSON can hold, without the unit."""
        values = asdict(replace(self, unit=None))
        del values["unit"]
        return values
