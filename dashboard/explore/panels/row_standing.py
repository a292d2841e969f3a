"""Where a row stands among all others: decision, score, rank, percentile, p-value; and the box that opens another."""

from typing import TYPE_CHECKING, Any

import streamlit as st

from core.explain.families.names import title_of
from core.metrics.groups import PARTS
from core.modalities.nouns import Nouns
from dashboard.charts.words import LABEL_NAMES
from dashboard.explore import explore_address as address
from dashboard.explore import timelines
from dashboard.explore.explaining import family_titles
from dashboard.explore.selection import grouped
from dashboard.explore.shared_run import SharedRun
from dashboard.format import Markdown, count, number, plain, share
from dashboard.help import links
from dashboard.state import page_url, widget_sync
from dashboard.state.kind import nouns_for

if TYPE_CHECKING:
    from core.explain.explanation import Explanation


def row_facts(run: SharedRun, row: int, known: dict[str, Any]) -> Markdown:
    """The row's decision, score, rank, label, part and time in a line."""
    score, moment = float(known["score"]), timelines.when(run, row)
    place, ranked = rank(run, known)
    facts = [
        f"**{'Flagged' if score > address.cut(run).threshold else 'Not flagged'}**",
        f"score **{number(score, 5)}**",
        f"rank **{count(place)}** of {count(ranked)}",
    ]
    if run.labelled:
        facts.append(f"label **{LABEL_NAMES[int(known['label'])].lower()}**")
    facts.append(f"{plain(known['part'])} part")
    if title := _family(run, row):
        facts.append(f"family **{plain(title)}**")
    if moment:
        facts.append(f"{plain(moment[0])} **{plain(moment[1])}**")
    return " · ".join(facts)


def _family(run: SharedRun, row: int) -> str:
    """What the row's family is called, where the flagged rows were grouped; empty where it has none."""
    families = grouped(run)
    if families is None:
        return ""
    number = next((int(n) for n in families.family[families.row == row]), 0)
    return title_of(number, family_titles(run, families)) if number else ""


def rank(run: SharedRun, known: dict[str, Any]) -> tuple[int, int]:
    """The row's place among the rows shown, 1 for the highest, as the list has it, and how many these are.

    Among all rows where it is not one of those shown.
    """
    shown = address.shown_parts(run)
    ranked = shown if known["part"] in shown else PARTS
    higher = run.groups.above(float(known["score"]))[[PARTS.index(part) for part in ranked], :, 0].sum()
    return int(higher) + 1, int(run.grid.rows(ranked).sum())


def row_standing(run: SharedRun, known: dict[str, Any], explanation: "Explanation | None") -> None:
    """Draw how unusual the score is beside others: percentile, p-value, uncertainty."""
    says = nouns_for(run)
    score = float(known["score"])
    reference = run.groups.above(score)[PARTS.index(run.reference), :, 0].sum()
    of = int(run.grid.rows((run.reference,)).sum())
    with st.container(horizontal=True, gap="medium", vertical_alignment="top", key="explore_standing"):
        st.metric(
            "Percentile",
            share(1 - reference / of if of else None),
            help=links.more(
                says(f"The share of the {run.reference} rows that score no higher."), "pages", "the-row-inspector"
            ),
            width="content",
        )
        if explanation is not None:
            st.metric(
                "p-value",
                number(explanation.p_value, 2),
                help=links.more(
                    says(
                        "Conformal p-value: were this row normal, so often would it score at least as high. Counted "
                        f"among {says.count(explanation.held_out, 'held-out normal')}, of which no network learnt."
                    ),
                    "metrics",
                    "conformal-p-value",
                ),
                width="content",
            )
        uncertainty = known.get("uncertainty")
        if uncertainty is not None and uncertainty == uncertainty:
            st.metric(
                "Uncertainty",
                f"± {number(float(uncertainty), 3)}",
                help=links.more(
                    "How far the networks of the ensemble, the averaged scores, or the passes of a variational "
                    "network disagree about the score: their standard deviation.",
                    "metrics",
                    "uncertainty",
                ),
                width="content",
            )


def open_row_box(row: int | None, says: Nouns) -> None:
    """Draw a box for a row's number: somebody may have been told one."""
    st.number_input(
        says("Open row"),
        min_value=0,
        value=row,
        step=1,
        key=widget_sync.key("explore_go_to", row),
        on_change=_go,
        placeholder="number",
        width=140,
        help=links.more(
            says("Rows are counted from 0 in the order of the file; a second file's rows continue."),
            "pages",
            "the-row-inspector",
        ),
    )


def _go() -> None:
    page_url.set_params(row=widget_sync.value("explore_go_to"))
    st.rerun(["explore_row", "explore_latent"])
