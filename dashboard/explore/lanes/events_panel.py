"""The events of a run of series: how many, what joins them, a list, and the one that is open."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import streamlit as st

from core.errors import AnomalensError
from core.events.event import stamp_words
from core.events.files import FORMATS, to_calendar, to_csv, to_records
from core.events.joining import EventRule
from core.events.sentences import length_words
from core.events.telling import MOST
from core.params import Param, describe
from dashboard.explore.lanes import run_lanes
from dashboard.explore.lanes.event_view import event_view
from dashboard.explore.shared_run import SharedRun
from dashboard.format import count, plain
from dashboard.help import links
from dashboard.state import page_url
from dashboard.state.kind import nouns_for

if TYPE_CHECKING:
    from core.events.event import Event, RunEvents

EVENTS = "explore_events"
_FAMILY = "Events of one shape have the same number."
_HELP = (
    "Flagged moments that lie close together are one event. Its channels are named by their share of what is odd, and "
    "the sentence says what they did beside what is usual."
)


@st.fragment(key=EVENTS)
def events_panel(run: SharedRun) -> None:
    """Draw it; nothing where the samples of the run are no moments of series."""
    if not run_lanes.drawable(run):
        return
    with st.container(border=True, key="explore_events_card"):
        try:
            found, told = run_lanes.events(run), run_lanes.told(run)
        except AnomalensError as problem:
            st.warning(plain(problem), icon=":material/warning:")
            return
        with st.container(horizontal=True, vertical_alignment="bottom", key="explore_events_head"):
            st.subheader("Events", help=links.more(_HELP, "pages", "events"), width="stretch")
            _rule_form(run, found)
            _downloads(run, found, told)
        _said(run, found, told)
        if told:
            with st.container(key="explore_events_body"):
                left, right = st.columns([5, 6], gap="medium")
            with left:
                _list(run, found, told)
            with right:
                event_view(run, run_lanes.current_event(run) or max(told, key=lambda one: one.score))


def _said(run: SharedRun, found: "RunEvents", told: "tuple[Event, ...]") -> None:
    words = plain(found.figures.words(found.order.kind))
    more = []
    if len(found) > len(told):
        more.append(f"The {count(MOST)} with the highest scores are listed.")
    if found.events.left_out:
        more.append(f"{count(found.events.left_out)} shorter than {count(found.rule.least)} moments are left out.")
    if found.order.unplaced:
        more.append(nouns_for(run)(f"{count(found.order.unplaced)} rows have no time and are in no event."))
    st.markdown(f"**{words[:1].upper()}{words[1:]}.** {' '.join(more)}")


def _rule_form(run: SharedRun, found: "RunEvents") -> None:
    """What joins flagged moments; the figures and the list follow each change."""
    with st.popover("Joined how", icon=":material/tune:", key="explore_events_rule"):
        for param in describe(EventRule):
            _number(param, found)


def _number(param: Param, found: "RunEvents") -> None:
    key = f"explore_join_{param.name}"
    whole = param.type == "int"
    kind: Callable[[Any], Any] = int if whole else float
    value = kind(getattr(found.rule, param.name))
    if st.session_state.get(key) != value:
        st.session_state[key] = value
    st.number_input(
        param.label,
        min_value=kind(param.low),
        max_value=kind(param.high),
        step=kind(1 if whole else 0.5),
        key=key,
        help=links.more(param.help, "pages", "events"),
        on_change=_join,
    )
    if param.name == "gap" and found.order.kind == "time":
        length = length_words(found.rule.gap * found.order.step, "time", found.rule.gap)
        st.caption(f"{count(found.rule.gap)} steps are {length}.")


def _join() -> None:
    said = {param.name: st.session_state[f"explore_join_{param.name}"] for param in describe(EventRule)}
    run_lanes.set_rule(EventRule(**said))
    st.rerun(["explore_lanes", EVENTS])


def _downloads(run: SharedRun, found: "RunEvents", told: "tuple[Event, ...]") -> None:
    import json

    kind, order = found.order.kind, found.order
    makers = {
        "csv": lambda: to_csv(told, kind),
        "json": lambda: json.dumps({"figures": found.figures.to_dict(), "events": to_records(told, kind)}, default=str),
        "ics": lambda: to_calendar(told, run, kind, order.step),
    }
    with st.popover("Download", icon=":material/download:", key="explore_events_download"):
        for ending, words in (("csv", "CSV"), ("json", "JSON"), ("ics", "Calendar")):
            if ending != "ics" or kind == "time":
                st.download_button(
                    words, makers[ending], f"anomalens-events-{run.id}.{ending}", FORMATS[ending], on_click="ignore",
                    key=f"explore_events_{ending}", width="stretch",
                )  # fmt: skip


def _list(run: SharedRun, found: "RunEvents", told: "tuple[Event, ...]") -> None:
    import pandas as pd

    kind = found.order.kind
    frame = pd.DataFrame(
        {
            "event": [one.number for one in told],
            "series": [one.series for one in told],
            "name": [one.name for one in told],
            "start": [stamp_words(kind, one.start) for one in told],
            "length": [length_words(one.length, kind, one.moments) for one in told],
            "score": [one.score for one in told],
            "labelled": [bool(one.labelled) for one in told],
            "verdict": [one.verdict for one in told],
            "family": [one.family or None for one in told],
            "why": [one.sentence for one in told],
        }
    )
    shown = [
        "event",
        *["name"] * any(one.name for one in told),
        *["series"] * (len(found.order.names) > 1),
        "start",
        "length",
        "score",
    ]
    shown += ["labelled"] * run.labelled + ["verdict"] * bool(frame["verdict"].any()) + ["why", "family"]
    column = st.column_config
    key = f"explore_events_list_{hash((run.key, tuple(frame['event']), tuple(frame['start']))) & 0xFFFFFFFF:x}"
    st.dataframe(
        frame[shown],
        hide_index=True,
        key=key,
        height=min(560, 39 + 35 * len(frame)),
        column_config={
            "event": column.NumberColumn("Event", width=55, format="localized"),
            "name": column.TextColumn("Name", width="small"),
            "series": column.TextColumn("Series", width="small"),
            "start": column.TextColumn("Start", width=125),
            "length": column.TextColumn("Length", width=90),
            "score": column.NumberColumn("Score", format="%.4g", width=70),
            "labelled": column.CheckboxColumn("Labelled", width=70),
            "verdict": column.TextColumn("Verdict", width=75),
            "family": column.NumberColumn("Family", width=60, help=links.more(_FAMILY, "pages", "events")),
            "why": column.TextColumn("Why", width="large"),
        },
        on_select=_opener(key, [one.number for one in told]),
        selection_mode=["single-row", "single-cell"],
        alt="Events in the order of time",
    )


def _opener(key: str, numbers: list[int]) -> Callable[[], None]:
    def open_event() -> None:
        selected = st.session_state[key]["selection"]
        places = [*selected.get("rows", []), *(cell[0] for cell in selected.get("cells", []))]
        page_url.set_params(event=numbers[int(places[0])] if places else None)
        st.rerun(["explore_lanes", EVENTS])

    return open_event
