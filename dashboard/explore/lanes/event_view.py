"""One event: its sentence, its figures, people's verdict on it, and the ways to look at it."""

import zlib
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from core.drawing.svg import Colours
from core.events.event import stamp_words
from core.events.inspecting import correlations, error_map, places_of, surroundings, week_cell, weekly_profile
from core.events.names import LONGEST, name_event
from core.events.picture import event_picture
from core.events.sentences import length_words
from core.triage.recording import MOST_NAME
from dashboard import theme
from dashboard.charts.event_figures import correlation_pair, error_heatmap, week_heatmap
from dashboard.components.markup import markup
from dashboard.components.show import show
from dashboard.explore.lanes import lanes_panel, run_lanes
from dashboard.explore.shared_run import SharedRun
from dashboard.format import count, number, plain, share
from dashboard.help import links
from dashboard.report import shared
from dashboard.state import page_url
from dashboard.triage import triaging

if TYPE_CHECKING:
    from core.events.event import Event

VIEWS = {"window": "Window", "errors": "Errors by channel", "week": "Usual week", "together": "Correlation"}
_VERDICTS = (("anomaly", "Anomaly", "Shift+A"), ("normal", "Normal", "Shift+N"), ("unsure", "Unsure", "Shift+U"))


def event_view(run: SharedRun, event: "Event") -> None:
    """Draw it."""
    kind = run_lanes.lanes(run).order.kind
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(
            f"#### {plain(event.title)}" + (f" · {plain(event.series)}" if event.series else ""), width="content"
        )
        _namer(run, event)
    if event.sentence:
        st.markdown(plain(event.sentence))
    facts = [
        f"**{stamp_words(kind, event.start)}** to **{stamp_words(kind, event.end)}**",
        length_words(event.length, kind, event.moments),
        f"peak **{number(event.score, 4)}** at {stamp_words(kind, event.peak)}",
    ]
    if event.labelled is not None:
        facts.append("labelled" if event.labelled else "not labelled")
    st.caption(" · ".join(facts))
    shares = ", ".join(f"{plain(one.channel)} {share(one.share)}" for one in event.channels[:6] if one.share >= 0.01)
    if len(event.channels) > 1 and shares:
        st.caption(f"Shares of what is odd: {shares}.")
    _actions(run, event)
    _view(run, event)


def _namer(run: SharedRun, event: "Event") -> None:
    # Named anew by its key, the box closes once the name is there.
    key = f"explore_event_name_{event.number}_{zlib.crc32(event.name.encode()):x}"
    with st.popover("Rename" if event.name else "Name", icon=":material/edit:", type="tertiary", key=f"{key}_box"):
        st.text_input(
            "What it is called",
            event.name,
            key=key,
            max_chars=LONGEST,
            placeholder="Such as: motor failure",
            on_change=_rename,
            args=(run, event, key),
            help=links.more(
                "Kept with the run, for everybody: in this list, in reports, files and calendars. Empty takes it away.",
                "pages",
                "events",
            ),
        )


def _rename(run: SharedRun, event: "Event", key: str) -> None:
    name_event(run, event, str(st.session_state.get(key) or ""))
    shared.forget()
    st.rerun("explore_events")


def _actions(run: SharedRun, event: "Event") -> None:
    with st.container(horizontal=True, gap="small"):
        for verdict, words, shortcut in _VERDICTS:
            st.button(
                words,
                key=f"explore_event_{verdict}",
                type="primary" if event.verdict == verdict else "secondary",
                shortcut=shortcut,
                on_click=_judge,
                args=(run, event, verdict),
                help=links.more("Gives every moment of the event this verdict.", "pages", "events"),
            )
        if not triaging.author():
            st.text_input(
                "Your name, for verdicts",
                key="explore_event_author",
                max_chars=MOST_NAME,
                on_change=_name,
                width=170,
                placeholder="Your name",
                label_visibility="collapsed",
            )
        if event.nearest is not None:
            st.button(
                f"Most like it: event {count(event.nearest)}",
                key="explore_event_nearest",
                icon=":material/compare_arrows:",
                type="tertiary",
                on_click=_open,
                args=(event.nearest,),
            )
        st.button(
            "Highest moment",
            key="explore_event_peak",
            icon=":material/search:",
            type="tertiary",
            on_click=_open_row,
            args=(event.peak_row,),
            help=links.more("Opens the moment with the highest score below.", "pages", "events"),
        )


def _name() -> None:
    st.session_state[triaging.AUTHOR] = str(st.session_state.get("explore_event_author") or "").strip()
    st.rerun("explore_events")


def _judge(run: SharedRun, event: "Event", verdict: str) -> None:
    lanes_panel.judge_event(run, event, verdict)


def _open(number_: int) -> None:
    page_url.set_params(event=number_)
    st.rerun(list(lanes_panel.FRAGMENTS))


def _open_row(row: int) -> None:
    page_url.set_params(row=row)
    st.rerun(["explore_row", "explore_latent"])


def _view(run: SharedRun, event: "Event") -> None:
    lanes = run_lanes.lanes(run)
    known = dict(VIEWS)
    if lanes.order.kind != "time":
        known.pop("week")
    if len(lanes.channels) < 2:
        known.pop("together")
    chosen = st.segmented_control(
        "What is shown of it", list(known), format_func=known.get, default="window", key="explore_event_view",
        label_visibility="collapsed", required=True,
    )  # fmt: skip
    {"window": _window, "errors": _errors, "week": _week, "together": _together}[str(chosen or "window")](run, event)


def _window(run: SharedRun, event: "Event") -> None:
    lanes, scored = run_lanes.lanes(run), run.scored
    row = lanes.order.row
    normal = scored.among(("train",))[row] & (scored.label[row] != 1)
    around = surroundings(lanes, run_lanes.score_lane(run), event, run_lanes.usual(run), normal)
    markup(event_picture(lanes, event, around, colours=_colours()), key="explore_event_picture")
    said = ["The event is shaded."]
    if lanes.expected:
        said.append("In its band: what was expected; 95 % of normal training moments lie within.")
    if around.nearest_start is not None:
        said.append(f"Dashed: the nearest normal stretch, from {stamp_words(lanes.order.kind, around.nearest_start)}.")
    st.caption(" ".join(said))


def _colours() -> Colours:
    palette = theme.palette()
    names = ("normal", "anomaly", "unknown", "accent", "threshold", "text", "muted", "grid")
    return Colours(**{name: getattr(palette, name) for name in names})


def _errors(run: SharedRun, event: "Event") -> None:
    lanes = run_lanes.lanes(run)
    found = error_map(lanes, event, run_lanes.usual(run))
    show(error_heatmap(found, event, lanes.order.kind), "explore_event_errors", run.name)
    st.caption(
        "Distance from what was expected, 1 is as far as 95 % of normal training moments go."
        if lanes.expected
        else "Distance from what is usual, in robust standard deviations."
    )


def _week(run: SharedRun, event: "Event") -> None:
    lanes = run_lanes.lanes(run)
    names = [one.channel for one in event.channels] or list(lanes.channels)
    chosen = st.selectbox("Channel", names, key="explore_event_channel") if len(names) > 1 else names[0]
    series = lanes.order.names.index(event.series)
    profile = weekly_profile(lanes, lanes.channels.index(str(chosen)), series)
    if profile is None or int(np.isfinite(profile).sum()) < 2:
        st.caption("The series is too short to say what is usual at each hour of the week.")
        return
    cell = int(week_cell(np.array([event.start]))[0])
    show(week_heatmap(profile, str(chosen), divmod(cell, 24)), "explore_event_week", run.name)


def _together(run: SharedRun, event: "Event") -> None:
    lanes = run_lanes.lanes(run)
    found = correlations(lanes, event)
    if found is None:
        st.caption("The event is too short to say how channels go together in it: it takes five moments.")
        return
    before, during = found
    show(correlation_pair(before, during, lanes.channels), "explore_event_together", run.name)
    length = places_of(lanes, event)
    st.caption(f"{length.stop - length.start:,} moments of the event, and three times as many before it.")
