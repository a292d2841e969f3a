"""Two thresholds compared: what each flags, and the rows that change hands between them."""

import math
from typing import TYPE_CHECKING

import streamlit as st

from core.metrics.groups import CLASSES
from core.modalities.nouns import Nouns
from core.thresholds import rule_names
from core.thresholds.conformal import p_values
from dashboard.components.rows_grid import pager, rows_grid
from dashboard.explore import shared_run
from dashboard.explore.shared_run import PAGE, SharedRun
from dashboard.format import Markdown, amount, count, number, plain, plural, share
from dashboard.help import links
from dashboard.state import page_url, widget_sync
from dashboard.state.kind import nouns_for
from dashboard.thresholds import lab

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from core.thresholds.lab import Outcome


_DASH = "–"
_HELP = {
    "Threshold": ("Rows that score above it are flagged.", "thresholds", ""),
    "Flagged": ("Rows above the threshold.", "thresholds", ""),
    "Precision": ("Share of the flagged rows that are anomalies.", "metrics", "precision"),
    "Recall": ("Share of the anomalies that are flagged.", "metrics", "recall"),
    "F1": ("Harmonic mean of precision and recall.", "metrics", "f1"),
    "False alarms": (
        "The share of normal rows that are flagged (false-positive rate).",
        "metrics",
        "false-positive-rate",
    ),
    "Cost": ("Misses and false alarms by the costs set for the cost matrix.", "metrics", "cost"),
}


@st.fragment(key="lab_pair")
def threshold_pair(run: SharedRun) -> None:
    """Draw both, the difference and the rows."""
    says = nouns_for(run)
    a, b = lab.pair()
    st.subheader(
        "A against B",
        anchor="pair",
        help=links.more(says("What each flags, and the rows between them."), "pages", "two-thresholds-compared"),
    )
    with st.container(border=True, key="lab_pair_card"):
        left, right = st.columns(2, gap="medium")
        with left:
            _choice("A", a)
        with right:
            _choice("B", b)
        one, other = lab.outcome(run, a), lab.outcome(run, b)
        for outcome in (one, other):
            if outcome.problem:
                st.warning(says(plain(outcome.problem)), icon=":material/block:")
        if one.problem or other.problem:
            return
        _side_by_side(one, other, says)
        _between(run, one, other)


def _choice(side: Markdown, name: str) -> None:
    names = [lab.OWN, *rule_names()]
    st.selectbox(
        f"Threshold {side}",
        names,
        names.index(name),
        format_func=lab.title,
        key=widget_sync.key(f"lab_pair_{side}", name),
        on_change=_chosen,
        args=(side,),
        help=links.more(
            "A rule with the settings that it has above, or the threshold that the run was saved with.",
            "pages",
            "two-thresholds-compared",
        ),
    )


def _side_by_side(one: "Outcome", other: "Outcome", says: Nouns) -> None:
    """B's numbers with what differs from A's."""
    with st.container(horizontal=True, gap="small", key="lab_pair_metrics"):
        for label, a, b, write, good in (
            ("Threshold", one.threshold, other.threshold, _score, "off"),
            ("Flagged", one.flagged, other.flagged, count, "off"),
            ("Precision", one.precision, other.precision, share, "normal"),
            ("Recall", one.recall, other.recall, share, "normal"),
            ("F1", one.f1, other.f1, number, "normal"),
            ("False alarms", one.false_positive_rate, other.false_positive_rate, share, "inverse"),
            ("Cost", one.cost, other.cost, amount, "inverse"),
        ):
            if a is None and b is None:
                continue
            words, topic, place = _HELP[label]
            written = [_DASH if value is None else write(value) for value in (a, b)]
            st.metric(
                label,
                " → ".join(written),
                None if a is None or b is None or a == b else _apart(b - a, write),
                good,
                width="content",
                help=links.more(says(words), topic, place),
            )


def _apart(difference: float, write: "Callable[[float], str]") -> str:
    """How much more or less B has; shares differ by percentage points."""
    size = abs(difference)
    written = f"{number(100 * size, 2)} points" if write is share else write(size)
    return f"{'+' if difference > 0 else '-'}{written}"


def _score(threshold: float) -> str:
    return number(threshold, 5)


def _between(run: SharedRun, one: "Outcome", other: "Outcome") -> None:
    """Who changes hands, in a sentence and as rows."""
    says = nouns_for(run)
    assert one.threshold is not None
    assert other.threshold is not None
    low, high = sorted((one.threshold, other.threshold))
    grid = run.grid.with_step(low, run.groups).with_step(high, run.groups)
    above, moved = grid.flagged(high, run.judged), grid.flagged(low, run.judged)
    moved = moved - above
    total = int(moved.sum())
    if not total:
        st.info(says("Both flag the same rows."), icon=":material/equal:")
        return
    more = "B" if other.threshold < one.threshold else "A"
    kinds = (
        (says("normal row"), says("normal rows")),
        ("anomaly", "anomalies"),
        (says("row without a label"), says("rows without a label")),
    )
    counts = [plural(int(n), *words) for n, words in zip(moved, kinds, strict=True) if n] if run.labelled else []
    known = int(moved[CLASSES.index("normal")] + moved[CLASSES.index("anomaly")])
    worth = (
        f" Of those with a label {share(int(moved[CLASSES.index('anomaly')]) / known)} are anomalies." if known else ""
    )
    st.markdown(
        f"**Only {more} flags {says.count(total)}**{': ' + ', '.join(counts) if counts else ''}.{worth} "
        f"They score between {number(low, 5)} and {number(high, 5)}; {count(int(above.sum()))} are flagged by both."
    )
    pages = math.ceil(total / PAGE)
    page = min(_page(), pages - 1)
    _rows(run, _ranked(run, run.judged, int(above.sum()), total, page), page)
    _way_to_the_row(run)
    pager("lab", page, pages, _turn)


def _ranked(run: SharedRun, parts: tuple[str, ...], skipped: int, total: int, page: int) -> "pd.DataFrame":
    """A page of the rows between two thresholds: those that follow in the ranking after the rows flagged by both."""
    limit = min(PAGE, total - page * PAGE)
    found = run.rows.ranked(parts, limit, skipped + page * PAGE)
    return shared_run.with_details(run, found)


def _rows(run: SharedRun, rows: "pd.DataFrame", page: int) -> None:
    says = nouns_for(run)
    seen, more = lab.evidence(run), {}
    if seen.calibration.size:
        rows = rows.assign(p=p_values(seen.calibration, rows["score"].to_numpy()))
        more["p"] = st.column_config.NumberColumn(
            "p-value",
            format="%.4f",
            width="small",
            help=links.more(
                says("Conformal: the share of the calibration rows that score as high, counting the row itself."),
                "metrics",
                "conformal-p-value",
            ),
        )
    rows_grid(
        rows,
        says=says,
        key=f"lab_rows_{run.id}",
        alt=says(f"Rows that change hands, page {page + 1}, the highest score first"),
        redraw="lab_pair",
        labelled=run.labelled,
        more=more,
    )


def _way_to_the_row(run: SharedRun) -> None:
    """A link to Explore, where the row that was clicked is explained value by value."""
    says = nouns_for(run)
    row = page_url.param("row")
    if not row.isdecimal():
        st.caption(says("Click a row to see why it scores so."))
        return
    score = run.score
    label = says(f"Why row {count(int(row))} scores so: every value beside what was expected")
    page_url.page_link("explore", label, icon=":material/insights:", run=run.id, score=score, row=row)


def _page() -> int:
    text = page_url.param("page")
    return max(0, int(text) - 1) if text.isascii() and text.isdecimal() and len(text) < 9 else 0


def _turn(page: int) -> None:
    page_url.set_params(page=page + 1 if page > 0 else None, row=None)
    st.rerun("lab_pair")


def _chosen(side: str) -> None:
    page_url.set_params(**{side.lower(): widget_sync.value(f"lab_pair_{side}"), "page": None, "row": None})
    st.rerun("lab_pair")
