"""The colour of each point as one byte: a step of a scale for numbers, a level for categories.

The colours themselves are the screen's matter. A scale covers all but the outermost values, which take its end colours,
and is logarithmic where the values span decades.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.words import number

MISSING = 255
"""The step of a value that is not there."""
_TOP = 254
LEVELS = 10
"""Levels with a colour of their own at most; the last stands for all others where there are more."""
OTHERS, NO_VALUE = "others", "missing"
"""Roles of the levels that are none of the data's."""


@dataclass(frozen=True)
class Scale:
    """Numbers as steps of a scale."""

    title: str
    step: NDArray[np.uint8]
    """0 to 254, and 255 for a missing value."""
    ticks: tuple[tuple[float, str], ...]
    """Places along the scale, from 0 to 1, with their words."""
    missing: int = 0

    def to_bytes(self) -> bytes:
        """As the browser reads it."""
        header = {"kind": "scale", "title": self.title, "ticks": self.ticks, "missing": self.missing}
        return _packed(header, self.step)


@dataclass(frozen=True)
class Level:
    """A group of points of one colour."""

    name: str
    role: str = ""
    """What it stands for ("anomaly", "others", …); empty for one of the data's own values."""
    points: int = 0


@dataclass(frozen=True)
class Levels:
    """Points in a few groups."""

    title: str
    step: NDArray[np.uint8]
    """The place of each point's level."""
    levels: tuple[Level, ...]

    def to_bytes(self) -> bytes:
        """As the browser reads it."""
        levels = [[level.name, level.role, level.points] for level in self.levels]
        return _packed({"kind": "levels", "title": self.title, "levels": levels}, self.step)


Colouring = Scale | Levels


def by_number(title: str, values: NDArray[Any], words: Any = None) -> Scale:
    """Points coloured by a number.

    Parameters
    ----------
    title
        What the number is.
    values
        One per point; NaN where there is none.
    words
        Turns a value into words for the scale; three significant digits by default.
    """
    values = np.asarray(values, dtype=np.float64)
    known = np.isfinite(values)
    low, high = _ends(values[known])
    log = words is None and _spans_decades(values[known], low, high)
    # From the smallest value that is worth a colour: zeros share the lowest.
    floor = max(low, high / 1e6, float(values[known & (values > 0)].min())) if log else low
    size = np.log10(high / floor) if log else high - floor
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.log10(np.maximum(values, floor) / floor) / size if log else (values - floor) / size
    step = np.full(values.shape, MISSING, dtype=np.uint8)
    step[known] = np.rint(np.clip(share[known], 0, 1) * _TOP)
    at = np.array([0.0, 0.5, 1.0])
    marks = floor * 10 ** (at * size) if log else floor + at * size
    in_words = words or (lambda value: number(float(value), 2))
    names = [str(in_words(mark)) for mark in marks]
    if log and low < floor:
        names[0] = f"≤ {names[0]}"
    return Scale(title, step, tuple(zip(at.tolist(), names, strict=True)), int((~known).sum()))


def by_level(title: str, values: Sequence[Any] | NDArray[Any]) -> Levels:
    """Points coloured by a value that is no number: the most frequent values, the others together, and the missing."""
    import pandas as pd

    codes, names = pd.factorize(np.asarray(values, dtype=object))
    counts = np.bincount(codes[codes >= 0], minlength=len(names))
    missing = int((codes < 0).sum())
    most = LEVELS - bool(missing)
    ranked = np.argsort(-counts, kind="stable")
    kept = ranked if len(ranked) <= most else ranked[: most - 1]
    places = np.full(len(names) + 1, len(kept), dtype=np.uint8)
    places[kept] = np.arange(len(kept))
    levels = [Level(str(names[k]), points=int(counts[k])) for k in kept]
    if len(kept) < len(ranked):
        rest = len(ranked) - len(kept)
        levels.append(Level(f"{rest:,} others", OTHERS, int(counts.sum() - counts[kept].sum())))
    # What is missing has the code -1, which is the last place.
    places[-1] = len(levels)
    if missing:
        levels.append(Level("No value", NO_VALUE, missing))
    return Levels(title, places[codes], tuple(levels))


def by_role(title: str, codes: NDArray[np.integer], levels: Sequence[tuple[str, str]]) -> Levels:
    """Points in known groups, each a name and a role, in their order; groups without points are left out."""
    counts = np.bincount(codes, minlength=len(levels))
    filled = np.flatnonzero(counts)
    places = np.zeros(len(levels), dtype=np.uint8)
    places[filled] = np.arange(len(filled))
    return Levels(title, places[codes], tuple(Level(*levels[int(k)], points=int(counts[k])) for k in filled))


def _ends(values: NDArray[np.float64]) -> tuple[float, float]:
    """The range that the colours cover."""
    if not values.size:
        return 0.0, 1.0
    low, high = (float(v) for v in np.quantile(values, [0.01, 0.995]))
    if high > low:
        return low, high
    # One value nearly everywhere: what differs from it shall still be seen.
    low, high = float(values.min()), float(values.max())
    return (low, high) if high > low else (low, low + max(abs(low), 1.0) * 1e-3)


def _spans_decades(values: NDArray[np.float64], low: float, high: float) -> bool:
    """Whether equal ratios should count alike: nothing negative, and most of the range is empty but for a few."""
    if low < 0 or high <= 0:
        return False
    middle = float(np.median(values[values > 0])) if (values > 0).any() else high
    return high > 30 * max(low, middle / 30) and high > 10 * middle


def _packed(header: dict[str, Any], step: NDArray[np.uint8]) -> bytes:
    encoded = json.dumps(header).encode()
    encoded += b" " * (-len(encoded) % 4)
    return struct.pack("<I", len(encoded)) + encoded + step.tobytes()
