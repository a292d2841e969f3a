"""What events say of a threshold: alerts a day, the share of labelled events that are found, the delay until found."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.events.joining import Events, stretches
from core.lanes.time_order import TimeOrder
from core.words import count, duration, number, plural


@dataclass(frozen=True)
class EventFigures:
    """A threshold's figures by event; None where nothing tells them."""

    events: int
    alerts_per_day: float | None
    labelled: int | None
    """Events that the labels tell of; None without labels."""
    found: int | None
    """Those of them in which something was flagged."""
    false_alarms: int | None
    """Events that touch no labelled one."""
    median_delay: float | None
    """From the first moment of a labelled event to its first flagged one, the median of those found: seconds, or
    steps where there is no time."""
    left_out: int = 0
    """Events that were too short."""

    @property
    def share_found(self) -> float | None:
        """The share of labelled events that are found."""
        return self.found / self.labelled if self.found is not None and self.labelled else None

    def to_dict(self) -> dict[str, Any]:
        """As plain values."""
        return {**asdict(self), "share_found": self.share_found}

    def words(self, kind: str = "time") -> str:
        """All of it in a line: "15 labelled events, 13 found, half of them within 4 min; 9 alerts a day"."""
        said = []
        if self.labelled:
            within = ""
            if self.found and self.median_delay is not None:
                delay = duration(self.median_delay) if kind == "time" else plural(round(self.median_delay), "step")
                if self.found > 1:
                    within = ", half of them at once" if self.median_delay == 0 else f", half of them within {delay}"
                else:
                    within = ", at once" if self.median_delay == 0 else f", after {delay}"
            said.append(f"{plural(self.labelled, 'labelled event')}, {count(self.found or 0)} found{within}")
            said.append(plural(self.false_alarms or 0, "false alarm"))
        else:
            said.append(plural(self.events, "event"))
        if self.alerts_per_day is not None:
            said.append(_rate(self.alerts_per_day))
        return "; ".join(said)


def _rate(per_day: float) -> str:
    """Alerts a day in words; those that are rarer by the days that lie between."""
    if 0 < per_day < 0.5:
        return f"an alert every {number(1 / per_day, 2)} days"
    return f"{number(per_day, 2)} alerts a day"


def event_figures(moments: TimeOrder, events: Events, labels: NDArray[np.int8], *, label_gap: int = 0) -> EventFigures:
    """The figures of some events.

    Parameters
    ----------
    moments
        Where the events were found.
    events
        Those of a threshold.
    labels
        1, 0 or -1 for every sample of the dataset.
    label_gap
        Labelled moments are one labelled event where no more steps lie between them.
    """
    days = moments.days
    # What a few minutes come to in a day nobody knows.
    per_day = len(events) / days if days >= 1 else None
    odd = labels == 1
    if not (labels[moments.row] >= 0).any() or not odd[moments.row].any():
        return EventFigures(len(events), per_day, None, None, None, None, events.left_out)
    true = stretches(moments, odd, label_gap)
    overlaps = _overlaps(true, events)
    delays = _delays(moments, true, events, overlaps)
    touched = _overlaps(events, true)
    scale = 1.0 if moments.kind == "time" else moments.step
    return EventFigures(
        len(events),
        per_day,
        len(true),
        int(overlaps.sum()),
        int((~touched).sum()),
        float(np.median(delays) / scale) if delays.size else None,
        events.left_out,
    )


def _overlaps(some: Events, others: Events) -> NDArray[np.bool_]:
    """Which of some stretches share a moment with any of the others; neither kind overlaps itself."""
    after = np.searchsorted(others.last, some.first)
    found: NDArray[np.bool_] = np.zeros(len(some), dtype=bool)
    there = after < len(others)
    found[there] = others.first[after[there]] <= some.last[there]
    return found


def _delays(moments: TimeOrder, true: Events, events: Events, found: NDArray[np.bool_]) -> NDArray[np.float64]:
    """For each labelled stretch that is found, how long it went on before the first event in it began."""
    first = np.searchsorted(events.last, true.first[found])
    begun = np.maximum(events.first[first], true.first[found])
    return np.asarray(moments.time[begun] - moments.time[true.first[found]], dtype=np.float64)
