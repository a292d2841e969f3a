"""Two thresholds compared: what each flags, and the rows that change hands between them."""

import math
from typing import TYPE_CHECKING, Any

import streamlit as st

from core.scoring.groups import CLASSES
from core.thresholds import rule_names
from core.thresholds.conformal import p_values
from dashboard import explored, held, lab, state
from dashboard.charts.words import LABEL_NAMES
from dashboard.explored import PAGE
from dashboard.format import count, number, plural, share

if TYPE_CHECKING:
    import pandas as pd

    from core.thresholds.lab import Outcome


@st.fragment(key="lab_pair")
def threshold_pair(run_id: str) -> None:
    """Draw both, the difference and the rows."""
    a, b = lab.pair()
    st.subheader("A against B", anchor="pair")
    with st.container(border=True, key="lab_pair_card"):
        left, right = st.columns(2, gap="medium")
        with left:
            _choice("A", a)
        with right:
            _choice("B", b)
        one, other = lab.outcome(run_id, a), lab.outcome(run_id, b)
        for outcome in (one, other):
            if outcome.problem:
                st.warning(outcome.problem, icon=":material/block:")
        if one.problem or other.problem:
            return
        _side_by_side(one, other)
        _between(run_id, one, other)


def _choice(side: str, name: str) -> None:
    names = [lab.OWN, *rule_names()]
    st.selectbox(
        f"Threshold {side}",
        names,
        names.index(name),
        format_func=lab.title,
        key=held.key(f"lab_pair_{side}", name),
        on_change=_chosen,
        args=(side,),
        help="A rule with the settings that it has above, or the threshold that the run was saved with.",
    )


def _side_by_side(one: "Outcome", other: "Outcome") -> None:
    """B's numbers with what differs from A's."""
    with st.container(horizontal=True, gap="small", key="lab_pair_metrics"):
        for label, a, b, digits, good in (
            ("Threshold", one.threshold, other.threshold, 5, "off"),
            ("Flagged", one.flagged, other.flagged, 6, "off"),
            ("Precision", one.precision, other.precision, 3, "normal"),
            ("Recall", one.recall, other.recall, 3, "normal"),
            ("F1", one.f1, other.f1, 3, "normal"),
            ("FPR", one.false_positive_rate, other.false_positive_rate, 3, "inverse"),
            ("Cost", one.cost, other.cost, 6, "inverse"),
        ):
            if a is None and b is None:
                continue
            apart = None if a is None or b is None or a == b else b - a
            st.metric(
                label,
                f"{_number(label, a, digits)} → {_number(label, b, digits)}",
                None if apart is None else f"{'+' if apart > 0 else '-'}{_number(label, abs(apart), digits)}",
                good,
                width="content",
            )


def _number(label: str, value: float | None, digits: int) -> str:
    return count(value) if label == "Flagged" and value is not None else number(value, digits)


def _between(run_id: str, one: "Outcome", other: "Outcome") -> None:
    """Who changes hands, in a sentence and as rows."""
    assert one.threshold is not None
    assert other.threshold is not None
    low, high = sorted((one.threshold, other.threshold))
    view = explored.view(run_id)
    grid = view.grid.with_step(low, view.groups).with_step(high, view.groups)
    above, moved = grid.flagged(high, view.judged), grid.flagged(low, view.judged)
    moved = moved - above
    total = int(moved.sum())
    if not total:
        st.info("Both flag the same judged rows.", icon=":material/equal:")
        return
    more = "B" if other.threshold < one.threshold else "A"
    kinds = ("normal row", "normal rows"), ("anomaly", "anomalies"), ("row without a label", "rows without a label")
    said = [plural(int(n), *words) for n, words in zip(moved, kinds, strict=True) if n] if view.labelled else []
    known = int(moved[CLASSES.index("normal")] + moved[CLASSES.index("anomaly")])
    worth = (
        f" Of those with a label {share(int(moved[CLASSES.index('anomaly')]) / known)} are anomalies." if known else ""
    )
    st.markdown(
        f"**Only {more} flags {plural(total, 'row')}**{': ' + ', '.join(said) if said else ''}.{worth} "
        f"They score between {number(low, 5)} and {number(high, 5)}; {count(int(above.sum()))} are flagged by both."
    )
    pages = math.ceil(total / PAGE)
    page = min(_page(), pages - 1)
    _rows(run_id, _ranked(run_id, view.judged, int(above.sum()), total, page), page)
    _way_to_the_row(run_id)
    if pages > 1:
        _pager(page, pages)


def _ranked(run_id: str, parts: tuple[str, ...], skipped: int, total: int, page: int) -> "pd.DataFrame":
    """A page of the rows between two thresholds: those that follow in the ranking after the rows flagged by both."""
    limit = min(PAGE, total - page * PAGE)
    found = explored.rows(run_id).ranked(parts, limit, skipped + page * PAGE)
    return explored.with_details(run_id, found)


def _rows(run_id: str, found: "pd.DataFrame", page: int) -> None:
    seen, labelled = lab.evidence(run_id), explored.view(run_id).labelled
    # Only the rows of the highest scores were explained; the others are when they are opened.
    explained = bool((found["because"] != "").any())
    columns: dict[str, Any] = {
        "row": st.column_config.NumberColumn("Row", width="small", format="localized"),
        "score": st.column_config.NumberColumn("Score", format="%.5g", width="small"),
        "p": st.column_config.NumberColumn(
            "p-value",
            format="%.4f",
            width="small",
            help="Conformal: the share of the calibration rows that score as high, counting the row itself.",
        ),
        "class": st.column_config.TextColumn("Class", width="small"),
        "because": st.column_config.TextColumn(
            "Because of", width=320, help="The features that made the score, with their shares of the error."
        ),
    }
    shown = found.assign(**{"class": [LABEL_NAMES.get(int(label), "") for label in found["label"]]})
    order = ["row", "score"]
    if seen.calibration.size:
        shown["p"] = p_values(seen.calibration, found["score"].to_numpy())
        order.append("p")
    order += ["class"] if labelled else []
    order += ["because"] if explained else []
    for name in [str(name) for name in found.columns if str(name).startswith("data:")]:
        columns[name] = st.column_config.Column(name.removeprefix("data:"))
        order.append(name)
    rows = [int(row) for row in found["row"]]
    key = f"lab_rows_{hash((run_id, tuple(rows))) & 0xFFFFFFFF:x}"
    st.dataframe(
        shown[order],
        hide_index=True,
        column_config=columns,
        height=min(390, 37 + 35 * len(rows)),
        key=key,
        on_select=_opener(key, rows),
        selection_mode=["single-row", "single-cell"],
        placeholder="",
        alt=f"Rows that change hands, page {page + 1}, the highest score first",
    )


def _opener(key: str, rows: list[int]) -> Any:
    def open_row() -> None:
        selection = st.session_state[key]["selection"]
        places = [*selection.get("rows", []), *(cell[0] for cell in selection.get("cells", []))]
        state.set_params(row=rows[int(places[0])] if places else None)
        st.rerun("lab_pair")

    return open_row


def _way_to_the_row(run_id: str) -> None:
    """A link to Explore, where the row that was clicked is explained value by value."""
    row = state.param("row")
    if not row.isdecimal():
        st.caption("Click a row to see why it scores so.")
        return
    score = explored.shown_score(run_id)
    label = f"Why row {count(int(row))} scores so: every value beside what was expected"
    state.page_link("explore", label, icon=":material/insights:", run=run_id, score=score, row=row)


def _pager(page: int, pages: int) -> None:
    with st.container(horizontal=True, horizontal_alignment="right", vertical_alignment="center"):
        st.button(
            "Previous", key="lab_previous", icon=":material/chevron_left:", disabled=page == 0,
            on_click=_turn, args=(page - 1,),
        )  # fmt: skip
        st.caption(f"Page {count(page + 1)} of {count(pages)}", width="content")
        st.button(
            "Next", key="lab_next", icon=":material/chevron_right:", disabled=page + 1 >= pages,
            on_click=_turn, args=(page + 1,),
        )  # fmt: skip


def _page() -> int:
    said = state.param("page")
    return max(0, int(said) - 1) if said.isascii() and said.isdecimal() and len(said) < 9 else 0


def _turn(page: int) -> None:
    state.set_params(page=page + 1 if page > 0 else None, row=None)
    st.rerun("lab_pair")


def _chosen(side: str) -> None:
    state.set_params(**{side.lower(): held.value(f"lab_pair_{side}"), "page": None, "row": None})
    st.rerun("lab_pair")
