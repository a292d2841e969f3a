"""An event in a sentence: "pressure fell to a third of what it is at this hour, for 40 minutes; flow followed"."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from core.words import clipped, number, plural

_PARTS = ((1 / 10, "a tenth"), (1 / 5, "a fifth"), (1 / 4, "a quarter"), (1 / 3, "a third"), (1 / 2, "half"))
_TIMES = ((2.0, "twice"), (3.0, "three times"), (4.0, "four times"), (5.0, "five times"))
FEWEST = 5
"""Moments from which on it is said that a channel stood still or swung."""
FOLLOWERS = 2
LEAST_SHARE, FAR_OFF = 0.15, 5.0
"""Channels with a smaller share of what is odd are not named, unless they are so many deviations off."""


@dataclass(frozen=True)
class ChannelChange:
    """What a channel did in an event."""

    channel: str
    share: float
    """Of what is odd in the event, 0 to 1."""
    actual: float
    """Its median; NaN where it is missing."""
    usual: float
    off: float
    """How far the median is from what is usual, in robust standard deviations."""
    swing: float
    """How much it swings, by how much it usually does; NaN where that is unknown."""
    missing: float
    """The share of its moments without a value."""
    begins: int
    """Moments into the event when it is first off by more than two deviations; the event's length where it never is."""

    @property
    def direction(self) -> str:
        """In a word: low, high, still, restless, missing or odd."""
        if self.missing > 0.5:
            return "missing"
        if abs(self.off) >= 2:
            return "low" if self.off < 0 else "high"
        if self.swing < 0.1:
            return "still"
        return "restless" if self.swing > 2 else "odd"


def change_words(one: ChannelChange, moments: int, usual: str) -> str:
    """What a channel did, without its name: "fell to a third of what is usual"."""
    if one.missing > 0.5:
        return "was missing"
    if moments >= FEWEST and one.swing < 0.1:
        return f"stood still at {number(one.actual, 4)}"
    if abs(one.off) < 1 and moments >= FEWEST and one.swing > 2:
        return f"swung {_times(one.swing)} as much as usual"
    if abs(one.off) < 1:
        return "took a course that was not expected"
    verb = "fell" if one.actual < one.usual else "rose"
    ratio = one.actual / one.usual if one.usual and one.actual * one.usual > 0 else math.nan
    if ratio <= 0.55 and one.usual > 0:
        part = _nearest(ratio, _PARTS) or f"{100 * ratio:.2g} %"
        return f"{verb} to {part} of {usual}"
    if ratio >= 1.8 and one.usual > 0:
        return f"{verb} to {_times(ratio)} {usual}"
    said = f"{verb} to {number(one.actual, 4)}"
    return f"{said}, where {number(one.usual, 4)} is {'usual at this hour' if 'hour' in usual else 'usual'}"


def sentence(changes: Sequence[ChannelChange], moments: int, length: str, usual: str) -> str:
    """All of it.

    Parameters
    ----------
    changes
        By share, the largest first.
    moments
        How many the event has.
    length
        How long it was, in words.
    usual
        What the usual is called.
    """
    named = [one for one in changes if one.share >= LEAST_SHARE or abs(one.off) >= FAR_OFF] or list(changes[:1])
    if not named:
        return ""
    first, others = named[0], named[1 : 1 + FOLLOWERS]
    said = [f"{clipped(first.channel)} {change_words(first, moments, usual)}, for {length}"]
    late = [one for one in others if one.begins > first.begins]
    along = [one for one in others if one.begins <= first.begins]
    if along:
        said.append(f"{_listed(along)} with it")
    if late:
        said.append(f"{_listed(late)} followed")
    more = len(named) - 1 - len(others)
    return "; ".join(said) + (f"; and {plural(more, 'more channel')}" if more else "") + "."


def length_words(length: float, kind: str, moments: int) -> str:
    """How long an event was: "40 minutes", "12 moments"."""
    if kind != "time":
        return plural(moments, "moment")
    for size, name in ((86_400.0, "day"), (3_600.0, "hour"), (60.0, "minute"), (1.0, "second")):
        if length >= 2 * size or (length >= size and abs(length / size - round(length / size)) < 0.02):
            value = length / size
            text = f"{value:.0f}" if value >= 10 or abs(value - round(value)) < 0.02 else f"{value:.1f}"
            return f"{text} {name}{'' if text == '1' else 's'}"
    return f"{number(length, 2)} seconds" if length else "a moment"


def _listed(changes: Sequence[ChannelChange]) -> str:
    return " and ".join(clipped(one.channel) for one in changes)


def _times(ratio: float) -> str:
    return _nearest(ratio, _TIMES) or f"{ratio:.2g} times" if ratio < 10 else f"{ratio:,.0f} times"


def _nearest(ratio: float, named: Sequence[tuple[float, str]]) -> str:
    """The word for a ratio that is within a tenth of it; empty where none is."""
    return next((word for value, word in named if abs(ratio / value - 1) <= 0.1), "")
