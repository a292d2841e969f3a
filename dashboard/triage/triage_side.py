"""How far the triage is and what it comes to: precision, a threshold, the order of rows, what was judged."""

from typing import TYPE_CHECKING

import streamlit as st

from core.errors import AnomalensError
from core.triage.order import ORDERS
from dashboard.explore import explore_address as address
from dashboard.explore.shared_run import SharedRun
from dashboard.format import ago, count, number, plain, plural
from dashboard.help import links
from dashboard.state import page_url, widget_sync
from dashboard.state.kind import nouns_for
from dashboard.thresholds import kept
from dashboard.triage import triage_card, triaging
from dashboard.triage.triage_card import FRAGMENTS, WORDS

if TYPE_CHECKING:
    from core.results.finished_run import FinishedRun
    from core.triage.current_verdicts import CurrentVerdicts
    from core.triage.summary import Summary

SECONDS = 3.0
"""Between two looks at what others have said."""
_LATEST = 6
_RISEN = 5
_MARKS = {"anomaly": ":orange[●]", "normal": ":blue[●]", "unsure": ":gray[●]"}


@st.fragment(key="triage_side", run_every=SECONDS)
def triage_side(run: SharedRun) -> None:
    """Draw the state of the triage; it follows what other people do."""
    says = nouns_for(run)
    current_verdicts, summary = triaging.current_verdicts(run), triaging.summary(run)
    row = address.selected_row(run)
    if row is not None:
        triaging.look(run, row)
        said = triage_card.meanwhile(run, row)
        if said:
            st.info(f"{says('Row')} {count(row)}, which you look at: {said}", icon=":material/forum:")
    with st.container(border=True, key="triage_progress", gap="small"):
        _progress(run, summary, *triaging.below(run))
    with st.container(border=True, key="triage_order", gap="small"):
        _order(run, summary)
    with st.container(border=True, key="triage_judged", gap="small"):
        _judged(run, current_verdicts, summary)


def _progress(run: SharedRun, summary: "Summary", others: int, others_judged: int) -> None:
    says = nouns_for(run)
    done = summary.flagged_judged / summary.flagged if summary.flagged else 0.0
    judged = f"**{count(summary.flagged_judged)}** of {says.count(summary.flagged, 'flagged')} judged"
    found = summary.precision
    if found.value is not None and found.low is not None and found.high is not None:
        whole = lambda x: f"{100 * x:.0f}"  # noqa: E731
        within = f"[{whole(found.low)},\u00a0{whole(found.high)}]"
        judged += f" · precision **{whole(found.value)}\u00a0%** {within}"
    st.markdown(
        judged,
        help=links.more(
            says("Precision: the share of anomalies among judged flagged rows. [95 % interval, Wilson]"),
            "metrics",
            "precision",
        ),
    )
    st.progress(min(1.0, done))
    if others:
        st.caption(
            f"This order also shows {says.count(others)} below the threshold, where anomalies may have been missed: "
            f"{count(others_judged)} judged."
        )
    st.caption(says(plain(found.about)))
    suggestion = summary.suggestion
    if suggestion.threshold is None:
        st.caption(says(f"No threshold to suggest yet. {plain(suggestion.missing)}"))
        return
    st.markdown(
        f"Suggested threshold **{number(suggestion.threshold, 4)}**",
        help=links.more(
            says("Above it a row is more likely an anomaly than not: logistic regression of the verdicts on the rank."),
            "pages",
            "what-verdicts-come-to",
        ),
    )
    st.caption(
        f"Above it {count(suggestion.caught)} of {plural(suggestion.anomalies, 'judged anomaly', 'judged anomalies')} "
        f"and {count(suggestion.alarms)} of {count(suggestion.normal)} judged normal."
    )
    with st.container(horizontal=True):
        st.button("Use it for the run", key="triage_use_threshold", on_click=_use, args=(run, suggestion.threshold))
        query = {"run": page_url.run_id(), "score": page_url.param("score"), "rule": "value"}
        query["threshold"] = repr(suggestion.threshold)
        page_url.page_link("explore", "See it on Explore", icon=":material/insights:", **query)


def _use(run: SharedRun, threshold: float) -> None:
    address.set_threshold_to("value", threshold)
    kept.keep_address(run)
    page_url.set_params(row=None)
    st.rerun(FRAGMENTS)


def _order(run: SharedRun, summary: "Summary") -> None:
    says = nouns_for(run)
    order = triaging.order()
    st.segmented_control(
        says("Rows in the order of"),
        list(ORDERS),
        required=True,
        format_func={"teach": "Teaches most", "score": "Highest score", "random": "Random"}.__getitem__,
        default=order,
        key=widget_sync.key("triage_order_choice", order),
        on_change=_order_changed,
        help=links.more(
            says(
                "- **Teaches most**: doubtful rows, unlike those judged so far; the ranking learns most from them.\n"
                "- **Highest score**: the likeliest anomalies first.\n"
                "- **Random**: a fair sample of the flagged rows; it alone tells the precision of all of them."
            ),
            "pages",
            "the-order-of-rows",
        ),
    )
    learnt = triaging.reranked()
    st.toggle(
        "Re-rank from my verdicts",
        value=learnt,
        key=widget_sync.key("triage_rerank", learnt),
        on_change=_rerank_changed,
        help=links.more(
            says(
                "Rows like those judged anomalous rise, rows like those judged normal sink. With few or contradictory "
                "verdicts the order stays as it is. “Highest score” then follows the learnt ranking."
            ),
            "pages",
            "what-verdicts-come-to",
        ),
    )
    if learnt:
        _changes(run, summary)
    if run.labelled:
        shown = bool(page_url.param("label"))
        st.toggle(
            "Show the label of the data",
            value=shown,
            key=widget_sync.key("triage_label", shown),
            on_change=_label_changed,
            help=links.more("Hidden while judging, so that it sways nobody.", "data", "labels"),
        )


def _order_changed() -> None:
    chosen = widget_sync.value("triage_order_choice")
    page_url.set_params(order=None if chosen == next(iter(ORDERS)) else chosen, row=None)
    st.rerun(FRAGMENTS)


def _rerank_changed() -> None:
    moves = {"row": None} if triaging.order() == "score" else {}
    page_url.set_params(ranking="learnt" if widget_sync.value("triage_rerank") else None, **moves)
    st.rerun(FRAGMENTS)


def _label_changed() -> None:
    page_url.set_params(label="1" if widget_sync.value("triage_label") else None)
    st.rerun(FRAGMENTS[:1] + FRAGMENTS[2:])


def _changes(run: SharedRun, summary: "Summary") -> None:
    says = nouns_for(run)
    if not summary.counts["anomaly"]:
        st.caption(says("The order is that of the scores until a row has been judged an anomaly."))
        return
    changes = triaging.changed(run)
    if not changes.risen:
        st.caption(
            f"The first {says.count(changes.top)} are the same as by the score, though perhaps in another order."
        )
    else:
        st.caption(f"{count(changes.risen)} of the first {says.count(changes.top)} were not among them before:")
    new = [(row, before, i + 1) for i, (row, before) in enumerate(zip(changes.rows, changes.before, strict=True))]
    risen = [one for one in new[: changes.top] if one[1] > changes.top][:_RISEN]
    for row, before, now in risen:
        st.button(
            says(f"Row {count(row)}: {count(before)} → {count(now)}"),
            key=f"triage_risen_{row}",
            type="tertiary",
            on_click=_open,
            args=(run, int(row)),
            help=links.more(
                "Its rank by the score, and by the ranking learnt. Click to judge it.", "pages", "the-order-of-rows"
            ),
        )


def _judged(run: SharedRun, current_verdicts: "CurrentVerdicts", summary: "Summary") -> None:
    says = nouns_for(run)
    _brought_along(run)
    said = {"anomaly": "anomalous", "normal": "normal", "unsure": "unsure"}
    st.markdown(f"**Judged** · {', '.join(f'{count(n)} {said[name]}' for name, n in summary.counts.items())}")
    if summary.conflicts:
        st.caption(f":material/forum: People see {says.count(summary.conflicts)} differently.")
    if summary.set_aside:
        st.caption(
            says(
                f":material/info: {plural(summary.set_aside, 'verdict')} left out: the data was read in another way "
                "since, and these row numbers hold something else now."
            )
        )
    if not current_verdicts.rows:
        st.caption("Press A, N or U. Verdicts belong to the dataset and survive training again.")
        return
    for row, judged in list(current_verdicts.rows.items())[:_LATEST]:
        entry = judged.entry
        who = "you" if entry.author == triaging.author() else plain(entry.author)
        others = "".join(f", {plain(other.author)}: {other.verdict}" for other in judged.others)
        with st.container(horizontal=True, vertical_alignment="center", key=f"triage_entry_{entry.id}"):
            st.button(
                f"{_MARKS[entry.verdict]} {count(row)}",
                key=f"triage_open_{entry.id}",
                type="tertiary",
                on_click=_open,
                args=(run, row),
                help=links.more(
                    says(f"Row {count(row)} is {WORDS[entry.verdict]}. Click to look at it again."), "pages", "verdicts"
                ),
            )
            st.caption(f"{entry.verdict}, {who}{others}, {ago(entry.at)}", width="stretch")
            st.button(
                "Undo",
                icon=":material/undo:",
                key=f"triage_undo_{entry.id}",
                type="tertiary",
                on_click=_undo,
                args=(run, row, entry.id),
                help=links.more(says(f"Take back the verdict on row {count(row)}"), "pages", "verdicts"),
            )
    if len(current_verdicts.rows) > _LATEST:
        st.caption(f"and {count(len(current_verdicts.rows) - _LATEST)} more, in the files:")
    # Known now: what makes the file runs in a thread that has no address.
    threshold = address.cut(run).threshold
    with st.container(horizontal=True):
        for kind in ("csv", "parquet"):
            st.download_button(
                kind.upper() if kind == "csv" else "Parquet",
                data=lambda kind=kind: file(current_verdicts, run, threshold, kind),
                file_name=f"verdicts-{_plain(run.name)}.{kind}",
                mime="text/csv" if kind == "csv" else "application/vnd.apache.parquet",
                icon=":material/download:",
                key=f"triage_export_{kind}",
                on_click="ignore",
            )


def _brought_along(run: SharedRun) -> None:
    """Offer verdicts on the same rows of another dataset."""
    says = nouns_for(run)
    entries = triaging.elsewhere(run)
    if entries:
        said = plural(len(entries), says("verdict was given on a row"), says("verdicts were given on rows"))
        st.caption(f":material/content_copy: {said} that this dataset has too, under the same numbers.")
        st.button("Take them over", key="triage_adopt", on_click=_adopt, args=(run,))


def _adopt(run: SharedRun) -> None:
    try:
        triaging.adopt(run)
    except AnomalensError as problem:
        triage_card.show_problem(str(problem))
    st.rerun(FRAGMENTS)


def _open(run: SharedRun, row: int) -> None:
    triaging.open_row(run, row)
    st.rerun(FRAGMENTS)


def _undo(run: SharedRun, row: int, entry_id: int) -> None:
    judged = triaging.current_verdicts(run).rows.get(row)
    try:
        if judged is not None and judged.entry.id == entry_id:
            triage_card.take_back(run, judged.entry)
    except AnomalensError as problem:
        triage_card.show_problem(str(problem))
    st.rerun(FRAGMENTS)


def file(current_verdicts: "CurrentVerdicts", run: "FinishedRun", threshold: float, kind: str) -> bytes:
    """The verdicts as a file: csv or parquet."""
    from core.triage.export import as_csv, as_parquet, verdicts_frame

    frame = verdicts_frame(current_verdicts, run, threshold)
    return as_parquet(frame) if kind == "parquet" else as_csv(frame).encode("utf-8")


def _plain(name: str) -> str:
    return "".join(c if c.isalnum() else "-" for c in name).strip("-")[:80] or "run"
