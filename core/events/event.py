"""One event as people read it, and the events of a run as arrays and as records."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.events.figures import EventFigures
from core.events.joining import EventRule, Events
from core.events.sentences import ChannelChange
from core.index.filters import moment_of
from core.lanes.time_order import TimeOrder
from core.words import amount


@dataclass(frozen=True)
class Event:
    """An event, told."""

    number: int
    """Counted from 1 in the order of time, of all that the threshold and the rule come to."""
    series: str
    start: float
    end: float
    """The last moment; both are seconds since 1970, numbers or places."""
    peak: float
    start_row: int
    end_row: int
    peak_row: int
    moments: int
    flagged: int
    length: float
    """From the first moment to the end of the last, in the unit of the times."""
    score: float
    """The highest."""
    labelled: bool | None
    """Whether it touches a moment that is labelled an anomaly; None without labels."""
    channels: tuple[ChannelChange, ...] = ()
    """By their share, the largest first."""
    sentence: str = ""
    family: int = 0
    """Events of one shape have the same number; 0 is like no other."""
    nearest: int | None = None
    """The number of the event that is most like it."""
    name: str = ""
    """What people call it; empty where nobody has named it."""
    verdict: str = ""
    """What people said of its moments: anomaly, normal, unsure, mixed, or empty."""

    @property
    def title(self) -> str:
        """What stands above it: "Event 3", or "Event 3: Motor failure"."""
        return f"Event {self.number}" + (f": {self.name}" if self.name else "")

    def to_dict(self, kind: str) -> dict[str, Any]:
        """As plain values; moments in words beside their numbers."""
        values = asdict(self)
        values |= {name: stamp(kind, getattr(self, name)) for name in ("start", "end", "peak")}
        values["channels"] = [
            {"channel": one.channel, "share": one.share, "actual": one.actual, "usual": one.usual}
            for one in self.channels
        ]
        return values


@dataclass(frozen=True)
class RunEvents:
    """The events of a run at a threshold."""

    order: TimeOrder
    events: Events
    figures: EventFigures
    threshold: float
    rule: EventRule
    scores: NDArray[np.float64] = field(repr=False)
    """Of every sample of the dataset."""

    def __len__(self) -> int:
        return len(self.events)

    def highest(self, most: int) -> NDArray[np.int64]:
        """The places of the events with the highest peaks, in the order of time."""
        if len(self) <= most:
            return np.arange(len(self))
        peaks = self.scores[self.order.row[self.events.peak]]
        return np.sort(np.argsort(-peaks, kind="stable")[:most])

    def ends(self, place: int) -> tuple[float, float]:
        """When an event begins, and its last moment."""
        time = self.order.time
        return float(time[self.events.first[place]]), float(time[self.events.last[place]])

    def rows(self, place: int) -> NDArray[np.int64]:
        """The samples of an event."""
        return self.order.row[self.events.first[place] : self.events.last[place] + 1]


def stamp(kind: str, time: float) -> str | float:
    """A place in time as a file has it: ISO 8601 in UTC, or the number."""
    return f"{moment_of(time)}Z" if kind == "time" else time


def stamp_words(kind: str, time: float) -> str:
    """A place in time as people read it."""
    return moment_of(time).replace("T", " ").removesuffix(":00") if kind == "time" else amount(time)
