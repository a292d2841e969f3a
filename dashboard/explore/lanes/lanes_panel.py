"""The time line of a run of series: lanes, the score with the threshold's line, events; moved in the browser."""

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

from core.errors import AnomalensError
from core.index.row_times import time_text
from dashboard.explore import explore_address as address
from dashboard.explore import selection
from dashboard.explore.lanes import run_lanes
from dashboard.explore.lanes.lanes_routes import stretch_url
from dashboard.explore.panels.explorer_part import colours, part
from dashboard.explore.shared_run import SharedRun
from dashboard.format import plain
from dashboard.help import links
from dashboard.server import derived
from dashboard.state import page_url
from dashboard.state.address_values import read_json
from dashboard.state.kind import nouns_for
from dashboard.triage import triaging

if TYPE_CHECKING:
    from core.events.event import Event

LANES = "explore_lanes"
SCRIPTS = (
    "nouns", "grid", "pen", "numbers", "times", "lanes/stretch", "lanes/lanes_view", "lanes/lanes_hands", "lanes/lanes"
)  # fmt: skip
FRAGMENTS = (LANES, "explore_events")
"""What is drawn anew when events are others."""
LOOK_SECONDS = 0.5
MOST_JUDGED = 50_000
"""Moments of a stretch that are judged at once."""


def lanes_panel(run: SharedRun) -> None:
    """Draw it; nothing where the samples of the run are no moments of series."""
    drawable = run_lanes.drawable(run)
    with st.container(key="explore_lanes_card", border=drawable, gap=None):
        _panel(run)
        if drawable and run.has_networks and not run_lanes.asked(run):
            st.fragment(_expecting, run_every=LOOK_SECONDS)(run)


@st.fragment(key=LANES)
def _panel(run: SharedRun) -> None:
    if not run_lanes.drawable(run):
        return

    def changed() -> None:
        _changed(run)

    try:
        said = words(run)
    except AnomalensError as problem:
        st.warning(plain(problem), icon=":material/warning:")
        return
    part("lanes", SCRIPTS, "lanes/lanes", ("explorer", "lanes/lanes"))(key=LANES, data=said, on_changed_change=changed)


def _expecting(run: SharedRun) -> None:
    """Ask the networks, and draw the time line anew once they have answered."""
    now = derived.follow(run.id, run_lanes.EXPECTED)
    if now.ready:
        st.rerun(scope="app")
    if now.problem:
        st.caption(f"What was expected is not shown: {plain(now.problem)}")
    elif now.running:
        st.caption(f"Asking the networks what they expected of each moment, {now.share:.0%} done.")


def words(run: SharedRun) -> dict[str, Any]:
    """All that the time line is told beside its numbers, as JSON can hold it."""
    says, lanes = nouns_for(run), run_lanes.lanes(run)
    order, series = lanes.order, shown_series(run)
    own = lanes.of_series(series)
    time, expected = order.time[own], bool(lanes.expected)
    ranges, found, chosen = run_lanes.ranges(run, series), run_lanes.events(run), selection.current(run)
    current = run_lanes.current_event(run)
    spread = lanes.spread if lanes.spread is not None else np.full(len(lanes.channels), np.nan)
    version = f"{run.key}:{expected}"
    return {
        "key": run.grid_key,
        "token": f"{version}:{series}",
        "address": stretch_url(run, series, version),
        "name": run.name,
        "title": "Time line",
        "colours": colours(),
        "nouns": [says.sample, says.samples],
        "help": links.address(),
        "kind": order.kind,
        "zone": zone(order.kind),
        "step": order.step,
        "extent": [float(time[0]), float(time[-1]) if time[-1] > time[0] else float(time[0]) + order.step],
        "series": [name or "all" for name in order.names] if len(order.names) > 1 else [],
        "shown": series,
        "channels": [
            {"id": c, "name": lanes.channels[c], "spread": float(spread[c]) if np.isfinite(spread[c]) else None}
            for c in lane_order(run)
        ],
        "expected": expected,
        "threshold": address.cut(run).threshold,
        "events": ranges.events,
        "moreEvents": len(found) > run_lanes.MOST_RANGES,
        "labels": ranges.labels,
        "verdicts": ranges.verdicts,
        "event": current.number if current else None,
        "time": list(chosen.time) if chosen.time else None,
        "view": _view(),
        "tells": True,
    }


def zone(kind: str) -> str:
    """The time zone that moments are shown in."""
    return "UTC" if kind == "time" else ""


def shown_series(run: SharedRun) -> int:
    """The series that is shown: that of the event that is open, that of the address, or the first."""
    names = run_lanes.lanes(run).order.names
    said = page_url.param("series")
    place = int(said) if said.isascii() and said.isdecimal() and len(said) < 9 else 0
    return place if place < len(names) else 0


def lane_order(run: SharedRun) -> list[int]:
    """The channels, those that have made most of the events first where there are more than can be seen."""
    channels = run_lanes.lanes(run).channels
    if len(channels) <= 8:
        return list(range(len(channels)))
    weight = dict.fromkeys(channels, 0.0)
    for event in run_lanes.told(run):
        for one in event.channels:
            weight[one.channel] += one.share
    return sorted(range(len(channels)), key=lambda c: -weight[channels[c]])


def _view() -> list[float] | None:
    said = page_url.param("view")
    try:
        ends = read_json(f"[{said}]", "view") if said else []
    except AnomalensError:
        ends = []
    fine = len(ends) == 2 and all(isinstance(end, int | float) and math.isfinite(end) for end in ends)
    return [float(end) for end in ends] if fine and ends[0] < ends[1] else None


def _changed(run: SharedRun) -> None:
    """Take what the user has done into the address, and redraw what follows."""
    said = dict(st.session_state[LANES].get("changed") or {})
    if isinstance(said.get("event"), int):
        page_url.set_params(event=said["event"])
        st.rerun("explore_events")
    if isinstance(said.get("open"), int):
        page_url.set_params(row=said["open"])
        st.rerun(["explore_row", "explore_latent"])
    if isinstance(said.get("series"), int):
        page_url.set_params(series=said["series"] or None, view=None, event=None)
        st.rerun(list(FRAGMENTS))
    if _ends(said.get("time")):
        kind = run_lanes.lanes(run).order.kind
        page_url.set_params(time=",".join(time_text(kind, end) for end in said["time"]), page=None)
        st.rerun([*selection.FRAGMENTS, LANES])
    if _ends(said.get("range")) and said.get("verdict") in ("anomaly", "normal"):
        _judge(run, shown_series(run), tuple(said["range"]), str(said["verdict"]))
    if "view" in said:
        ends = said["view"] if _ends(said["view"]) else None
        page_url.set_params(view=",".join(f"{end:.12g}" for end in ends) if ends else None)
    st.rerun("explore_quiet")


def judge_event(run: SharedRun, event: "Event", verdict: str) -> None:
    """Give every moment of an event a verdict; from a callback."""
    _judge(run, run_lanes.lanes(run).order.names.index(event.series), (event.start, event.end), verdict)


def _judge(run: SharedRun, series: int, ends: tuple[float, float], verdict: str) -> None:
    from core.triage.recording import record

    lanes = run_lanes.lanes(run)
    own = lanes.of_series(series)
    time = lanes.order.time[own]
    first, last = np.searchsorted(time, ends[0], side="left"), np.searchsorted(time, ends[1], side="right")
    rows = lanes.order.row[own][first:last]
    if len(rows) > MOST_JUDGED:
        st.toast(f"{len(rows):,} moments are more than can be judged at once. Mark at most {MOST_JUDGED:,}.")
        st.rerun("explore_quiet")
    try:
        record(run, dict.fromkeys(rows.tolist(), verdict), triaging.author())
    except AnomalensError as problem:
        st.toast(plain(problem))
        st.rerun("explore_quiet")
    st.rerun(list(FRAGMENTS))


def _ends(said: Any) -> bool:
    return isinstance(said, list) and len(said) == 2 and all(isinstance(e, int | float) for e in said)
