"""One row at a time: where it stands, what was said of it, the keys that judge it, and below why it is odd."""

from typing import TYPE_CHECKING, Any

import streamlit as st

from core.errors import AnomalensError, ConfigError
from core.triage import VERDICTS
from core.triage.recording import record
from dashboard import theme
from dashboard.charts.words import LABEL_NAMES
from dashboard.explore import explore_address as address
from dashboard.explore import timelines
from dashboard.explore.panels import row_inspector
from dashboard.explore.panels.row_standing import rank
from dashboard.explore.shared_run import SharedRun
from dashboard.format import Markdown, ago, count, number, plain
from dashboard.state import page_url
from dashboard.state.kind import nouns_for
from dashboard.triage import triaging

if TYPE_CHECKING:
    from core.store.records import Entry
    from core.triage.current_verdicts import CurrentVerdicts

FRAGMENTS = ("triage_card", "triage_why", "triage_side")
_BAR, _TURN, _MESSAGE, _PROBLEM = "triage_bar", "triage_turn", "triage_message", "triage_problem"
_TAGS = 20
_DRAWN = "triage_drawn"
WORDS = {"anomaly": "an anomaly", "normal": "normal", "unsure": "unsure"}


@st.fragment(key="triage_card")
def triage_card(run: SharedRun) -> None:
    """Draw the row that is judged now, and the bar that judges it."""
    row = triaging.current(run)
    current_verdicts = triaging.current_verdicts(run)
    st.session_state[_DRAWN] = current_verdicts.log[-1].id if current_verdicts.log else 0
    with st.container(border=True, key="triage_row_card", gap="small"):
        if row is None:
            st.markdown(f"#### All {nouns_for(run).samples} in this order have been judged")
            st.markdown(
                "Lower the threshold on Explore, choose another order on the right, or look at what was judged."
            )
        else:
            _heading(run, row)
            _verdicts_so_far(run, current_verdicts, row)
        _bar(run, row, current_verdicts)


@st.fragment(key="triage_why")
def triage_why(run: SharedRun) -> None:
    """Draw why the row is odd."""
    row = address.selected_row(run)
    if row is not None:
        with st.container(border=True, key="triage_why_card"):
            row_inspector.brief(run, row)


def meanwhile(run: SharedRun, row: int) -> Markdown:
    """What others have said of the row since it was drawn; empty where that is nothing."""
    judged, drawn = triaging.current_verdicts(run).rows.get(row), int(st.session_state.get(_DRAWN, 0))
    entries = (judged.entry, *judged.others) if judged else ()
    return " · ".join(_sentence(e) for e in entries if e.id > drawn and e.author != triaging.author())


def _heading(run: SharedRun, row: int) -> None:
    known = run.rows.one(row)
    cut = address.cut(run)
    st.subheader(f"{nouns_for(run)('Row')} {count(row)}", anchor=False)
    if known is None:
        st.caption(f"This {nouns_for(run).sample} has no score in this run.")
        return
    score = float(known["score"])
    place, ranked = rank(run, known)
    moment = timelines.when(run, row)
    facts = [
        *([f"{plain(moment[0])} **{plain(moment[1])}**"] if moment else []),
        f"**{'Flagged' if score > cut.threshold else 'Not flagged'}**",
        f"rank **{count(place)}** of {count(ranked)}",
        f"score **{number(score, 4)}**",
        f"{plain(known['part'])} part",
    ]
    if run.labelled and page_url.param("label"):
        facts.append(f"label in the data: **{LABEL_NAMES[int(known['label'])].lower()}**")
    st.markdown(" · ".join(facts))


def _verdicts_so_far(run: SharedRun, current_verdicts: "CurrentVerdicts", row: int) -> None:
    """What people have said of the row, and whether they agree."""
    judged = current_verdicts.rows.get(row)
    if judged is None:
        st.caption(f"Nobody has judged this {nouns_for(run).sample}.")
        return
    sentences = [_sentence(entry) for entry in (judged.entry, *judged.others)]
    if judged.conflict:
        st.warning(" · ".join(sentences), icon=":material/forum:")
    else:
        st.caption(" · ".join(sentences))


def _sentence(entry: "Entry") -> str:
    """Who said what and when: ``Ada said normal, 3 min ago: a comment``."""
    own = entry.author == triaging.author()
    who = "You say" if own else f"{plain(entry.author)} said"
    more = f" “{plain(entry.comment)}”" if entry.comment else ""
    tag = f" #{plain(entry.tag)}" if entry.tag else ""
    return f"{who} **{WORDS[entry.verdict]}**, {ago(entry.at)}{more}{tag}"


def _bar(run: SharedRun, row: int | None, current_verdicts: "CurrentVerdicts") -> None:
    def changed() -> None:
        _take(run)

    judged = current_verdicts.rows.get(row) if row is not None else None
    own = next((e for e in (judged.entry, *judged.others) if e.author == triaging.author()), None) if judged else None
    palette = theme.palette()
    _component()(
        key=_BAR,
        data={
            "turn": st.session_state.get(_TURN, 0),
            "row": row,
            "ahead": triaging.ahead(run, row),
            "noun": nouns_for(run).sample,
            "verdict": own.verdict if own else "",
            "author": triaging.author(),
            "back": triaging.can_go_back(run),
            "undo": triaging.last_own(run) is not None,
            "message": st.session_state.get(_MESSAGE, ""),
            "problem": st.session_state.get(_PROBLEM, ""),
            "tags": sorted({one.entry.tag for one in current_verdicts.rows.values() if one.entry.tag})[:_TAGS],
            "colours": {"anomaly": palette.anomaly, "normal": palette.normal, "unknown": palette.unknown},
        },
        on_said_change=changed,
    )


def _take(run: SharedRun) -> None:
    """Do what the bar says, in its order: verdicts, steps, an undo, or a name; what was done before is not done again.

    The bar keeps what it said until the turn that is told it says that it was done.
    """
    message: dict[str, Any] = dict(st.session_state[_BAR].get("said") or {})
    st.session_state[triaging.AUTHOR] = str(message.get("author", ""))[:60].strip()
    done = int(st.session_state.get(_TURN, 0))
    said = [one for one in message.get("said", ()) if int(one.get("turn", 0)) > done]
    if said:
        st.session_state[_MESSAGE] = st.session_state[_PROBLEM] = ""
    leaves = False
    for one in said:
        st.session_state[_TURN] = int(one["turn"])
        if leaves and one["kind"] in ("undo", "back"):
            triaging.move(run, 1)
        try:
            leaves = _do(run, one) or (leaves and one["kind"] == "name")
        except AnomalensError as problem:
            st.session_state[_PROBLEM] = str(problem)
    if leaves:
        triaging.move(run, 1)
    names_alone = all(one["kind"] == "name" for one in said)
    st.rerun(FRAGMENTS[:1] + FRAGMENTS[2:] if names_alone else FRAGMENTS)


def _do(run: SharedRun, one: dict[str, Any]) -> bool:
    """Do one thing; whether its row is left for the next one, which is looked for once for many."""
    kind, row = one.get("kind"), one.get("row")
    if kind == "verdict" and one.get("verdict") in VERDICTS and isinstance(row, int):
        _judge(run, row, one)
        return True
    if kind == "next" and isinstance(row, int):
        triaging.remember(run, row)
        return True
    if kind == "undo":
        take_back(run)
    elif kind == "back":
        triaging.move(run, -1)
    return False


def _judge(run: SharedRun, row: int, message: dict[str, Any]) -> None:
    before = triaging.current_verdicts(run).rows.get(row)
    record(
        run,
        {row: str(message["verdict"])},
        triaging.author(),
        comment=str(message.get("comment", "")),
        tag=str(message.get("tag", "")),
        shown_by=triaging.why_shown(row),
    )
    others = [e for e in (before.entry, *before.others) if e.author != triaging.author()] if before else []
    differing = [entry for entry in others if entry.verdict != message["verdict"]]
    name = f"{nouns_for(run)('Row')} {count(row)}"
    said = f"{name} is {WORDS[message['verdict']]}. Z takes it back."
    if differing:
        people = ", ".join(f"{entry.author} said {entry.verdict}" for entry in differing)
        said = f"{name}: {people}, you say {message['verdict']}. Both are kept; Z takes yours back."
    st.session_state[_MESSAGE] = said
    triaging.remember(run, row)


def take_back(run: SharedRun, entry: "Entry | None" = None) -> None:
    """Take a verdict back, one's own last by default, and show its row."""
    if not triaging.author():
        raise ConfigError("What is taken back needs the name of who does so. Enter your name beside the keys.")
    chosen = entry or triaging.last_own(run)
    if chosen is None:
        st.session_state[_MESSAGE] = "There is no verdict of yours to take back."
        return
    run.space.store.undo_verdict(run.record.dataset_id, chosen.id, triaging.author())
    st.session_state[_MESSAGE] = f"The verdict on {nouns_for(run).sample} {count(chosen.row)} was taken back."
    triaging.open_row(run, chosen.row)


def show_problem(problem: str) -> None:
    """Have the bar say what went wrong."""
    st.session_state[_PROBLEM] = problem


@st.cache_resource(show_spinner=False)
def _component() -> Any:
    html, css, js = ((theme.ASSETS / f"triage.{kind}").read_text(encoding="utf-8") for kind in ("html", "css", "js"))
    return st.components.v2.component("anomalens_triage", html=html, css=css, js=js)
