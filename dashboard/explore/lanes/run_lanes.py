"""A run's lanes and events as the pages of this server share them: opened once, and bounded."""

from dataclasses import dataclass

import numpy as np
import streamlit as st

from core.errors import AnomalensError
from core.events.event import Event, RunEvents
from core.events.joining import EventRule, stretches
from core.events.names import Named, read_names
from core.events.telling import find_events, tell, usual_of
from core.events.usual import Usual
from core.jobs.derived.expected import DerivedExpected
from core.lanes.extremes import Extremes
from core.lanes.lanes import Lanes, has_lanes, open_lanes
from core.params import build
from core.triage.current_verdicts import CurrentVerdicts
from dashboard.explore import explore_address as address
from dashboard.explore import shared_run
from dashboard.explore.shared_run import SharedRun
from dashboard.server import cache, derived
from dashboard.state import page_url

MOST_RANGES = 2_000
"""Ranges of a kind that travel to the browser; of more events those with the highest peaks."""
EXPECTED = DerivedExpected()


def drawable(run: SharedRun) -> bool:
    """Whether the run's samples are moments of series that can be drawn as lanes."""
    return _drawable(run) if run.has_dataset else False


@st.cache_resource(show_spinner=False, max_entries=64, hash_funcs=shared_run.BY_KEY)
def _drawable(run: SharedRun) -> bool:
    try:
        return has_lanes(run)
    except AnomalensError:
        # The dataset may be gone; what the run itself wrote is still worth showing.
        return False


def asked(run: SharedRun) -> bool:
    """Whether what the networks expected is there."""
    return derived.status(run.id, EXPECTED).ready


def lanes(run: SharedRun) -> Lanes:
    """The channels of a run; with what was expected once that is there.

    Raises
    ------
    DataError
        When there are none.
    """
    return _lanes(run, asked(run))


@st.cache_resource(show_spinner=False, max_entries=4, hash_funcs=shared_run.BY_KEY)
def _lanes(run: SharedRun, expected: bool) -> Lanes:
    """Files that are mapped into memory, and sixteen bytes a moment for their order."""
    del expected
    return open_lanes(run)


def score_lane(run: SharedRun) -> Extremes:
    """The score of every moment in the order of the lanes."""
    return _score_lane(run)


@st.cache_resource(show_spinner=False, max_entries=4, hash_funcs=shared_run.BY_KEY)
def _score_lane(run: SharedRun) -> Extremes:
    return Extremes.of(run.scored.score[lanes(run).order.row].astype(np.float32))


@st.cache_resource(show_spinner=False, max_entries=4, hash_funcs=shared_run.BY_KEY)
def usual(run: SharedRun) -> Usual:
    """What is usual of each channel."""
    return usual_of(run, lanes(run))


def rule() -> EventRule:
    """What joins flagged moments, by the address: ``join=10,1,1``."""
    values = dict(zip(("gap", "least", "widen"), page_url.param("join").split(","), strict=False))
    try:
        return build(EventRule, {name: float(value) for name, value in values.items() if value})
    except (AnomalensError, ValueError):
        return EventRule()


def set_rule(chosen: EventRule) -> None:
    """Put it into the address."""
    said = f"{chosen.gap},{chosen.least},{chosen.widen:g}"
    page_url.set_params(join=None if chosen == EventRule() else said, event=None)


def events(run: SharedRun) -> RunEvents:
    """The events of the rows shown at the threshold that stands.

    Raises
    ------
    DataError
        When nothing tells the time.
    """
    return _events(run, address.cut(run).threshold, rule(), address.shown_parts(run))


@st.cache_resource(show_spinner=False, max_entries=24, hash_funcs=shared_run.BY_KEY)
def _events(run: SharedRun, threshold: float, how: EventRule, parts: tuple[str, ...]) -> RunEvents:
    return find_events(run, threshold, how, parts)


def told(run: SharedRun) -> tuple[Event, ...]:
    """The events with the highest peaks, told."""
    said = verdicts(run)
    expected = asked(run)
    parts = address.shown_parts(run)
    known = (tuple(sorted(said.items())), read_names(run))
    return _told(run, address.cut(run).threshold, rule(), parts, expected, known)


@st.cache_resource(show_spinner=False, max_entries=24, hash_funcs=shared_run.BY_KEY)
def _told(
    run: SharedRun, threshold: float, how: EventRule, parts: tuple[str, ...], expected: bool,
    known: tuple[tuple[tuple[int, str], ...], tuple[Named, ...]],
) -> tuple[Event, ...]:  # fmt: skip
    del expected
    said, _ = known
    found = _events(run, threshold, how, parts)
    if not drawable(run):
        return tell(run, found, verdicts=dict(said))
    return tell(run, found, lanes=lanes(run), usual=usual(run), verdicts=dict(said))


def current_event(run: SharedRun) -> Event | None:
    """The event that the address names."""
    said = page_url.param("event")
    number = int(said) if said.isascii() and said.isdecimal() and len(said) < 10 else 0
    return next((one for one in told(run) if one.number == number), None)


def verdicts(run: SharedRun) -> dict[int, str]:
    """What people say of the run's samples, by row."""
    entries = cache.workspace().store.verdict_log(run.record.dataset_id)
    return _verdicts(run, (len(entries), entries[-1].id if entries else 0))


@st.cache_resource(show_spinner=False, max_entries=16, hash_funcs=shared_run.BY_KEY)
def _verdicts(run: SharedRun, entries: tuple[int, int]) -> dict[int, str]:
    del entries
    return {row: one.entry.verdict for row, one in CurrentVerdicts.of_run(run).rows.items()}


@dataclass(frozen=True)
class Ranges:
    """Stretches that are drawn above the lanes of one series."""

    events: list[dict[str, float]]
    labels: list[list[float]]
    verdicts: list[list[float | str]]


def ranges(run: SharedRun, series: int) -> Ranges:
    """Events, labels and verdicts of a series."""
    found, order = events(run), lanes(run).order
    listed = []
    for place in found.highest(MOST_RANGES).tolist():
        if int(found.order.series[found.events.first[place]]) == series:
            start, end = found.ends(place)
            score = float(found.scores[found.order.row[found.events.peak[place]]])
            listed.append({"number": place + 1, "start": start, "end": end, "score": score})
    said = verdicts(run)
    marked: list[list[float | str]] = []
    for verdict in ("anomaly", "normal", "unsure"):
        odd = np.zeros(len(run.scored), dtype=bool)
        odd[[row for row, one in said.items() if one == verdict and row < len(odd)]] = True
        if odd.any():
            marked += [[*ends, verdict] for ends in _ends(run, odd, series)]
    labels = _ends(run, run.scored.label == 1, series) if run.labelled and order.series.size else []
    return Ranges(listed, labels, marked)


def _ends(run: SharedRun, odd: "np.ndarray", series: int) -> list[list[float]]:
    order = lanes(run).order
    found = stretches(order, odd, rule().gap)
    own = order.series[found.first] == series
    ends = np.stack([order.time[found.first], order.time[found.last]], axis=1)[own]
    return [[float(first), float(last)] for first, last in ends[:MOST_RANGES]]
