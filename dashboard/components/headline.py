"""A finished run in one row of numbers."""

from typing import TYPE_CHECKING

import streamlit as st

from dashboard import format
from dashboard.components import run_words
from dashboard.format import Markdown, plain
from dashboard.help import links
from dashboard.state.kind import nouns_for

if TYPE_CHECKING:
    from core.store.records import Run

_NO_LABELS = "Needs test rows that are labelled normal and anomalous."


def headline(run: "Run", key: str) -> None:
    """AUROC, average precision, flagged rows, threshold and time of a finished run."""
    says = nouns_for(run)
    result = run.result or {}
    judged = says("test rows") if result.get("judged") == "test" else says("all rows")
    why_not = says(plain(result.get("unmeasured") or _NO_LABELS))
    columns = st.container(key=key).columns(5)
    columns[0].metric(
        "AUROC",
        format.number(result.get("auroc"), 4),
        help=links.more(
            _judged_help(
                says("Chance that an anomaly scores above a normal row"), result.get("auroc"), judged, why_not
            ),
            "metrics",
            "auroc",
        ),
    )
    columns[1].metric(
        "Average precision",
        format.number(result.get("average_precision"), 4),
        help=links.more(
            _judged_help(
                "Mean precision over all recalls; the better measure when anomalies are rare",
                result.get("average_precision"),
                judged,
                why_not,
            ),
            "metrics",
            "average-precision",
        ),
    )
    flagged = result.get("flagged")
    columns[2].metric(
        "Flagged",
        "–" if flagged is None else format.count(flagged),
        help=links.more(says(f"Rows above the threshold, among the {judged}."), "thresholds"),
    )
    columns[3].metric(
        "Threshold",
        format.number(result.get("threshold"), 4),
        help=links.more(
            says("Rows with a higher score are flagged. It can be moved on Explore without training again."),
            "thresholds",
        ),
    )
    columns[4].metric(
        "Took",
        format.duration(run_words.took(run)),
        help=links.more("Spent training, pauses left out.", "pages", "a-run-while-it-trains"),
    )


def _judged_help(meaning: Markdown, value: float | None, judged: Markdown, why_not: Markdown) -> Markdown:
    return f"{meaning}, measured on the {judged}." if value is not None else f"{meaning}. {why_not}"
