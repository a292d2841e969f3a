"""What people call events: "Motor failure"; kept with the run by a moment within, whatever the threshold is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from core.errors import AnomalensError

if TYPE_CHECKING:
    from core.events.event import Event
    from core.results.finished_run import FinishedRun

LONGEST = 80
"""Characters of a name."""
Named = tuple[str, float, str]
"""A series, a moment of an event in it, and the event's name."""


def read_names(run: FinishedRun) -> tuple[Named, ...]:
    """The names that were given to events of a run."""
    path = _file(run)
    try:
        kept = run.space.artifacts.read_json(path) if run.space.artifacts.exists(path) else []
    except AnomalensError:
        # A damaged file of names is no reason to show no events.
        return ()
    return tuple((str(series), float(time), str(name)) for series, time, name in kept)


def name_of(names: Sequence[Named], series: str, start: float, end: float) -> str:
    """What an event is called, the latest name first; empty where it has none."""
    return next((name for of, time, name in reversed(names) if of == series and start <= time <= end), "")


def name_event(run: FinishedRun, event: Event, name: str) -> None:
    """Give an event a name in place of the one that it has; an empty one takes it away."""
    others = [one for one in read_names(run) if not (one[0] == event.series and event.start <= one[1] <= event.end)]
    text = " ".join(name.split())[:LONGEST]
    kept = [*others, (event.series, event.peak, text)] if text else others
    run.space.artifacts.write_json(_file(run), [list(one) for one in kept])


def _file(run: FinishedRun) -> str:
    return f"{run.folder}/event_names.json"
