"""The run in one line: what was trained on what, how well it tells anomalies apart, and what must be known about it."""

import streamlit as st

from dashboard.compare.compare_hint import compare_hint
from dashboard.components.notes_list import notes_list
from dashboard.explore.panels import samples
from dashboard.explore.shared_run import SharedRun
from dashboard.format import Markdown, count, number, plain
from dashboard.help import links
from dashboard.state.kind import nouns_for

_AT_ONCE = ("damage", "division", "flagged", "judging")
"""Kinds of notes without which the numbers beside them would be read wrongly."""


def headline(run: SharedRun) -> None:
    """Draw the numbers of the run and its note."""
    result = run.result
    says = nouns_for(run)
    judged = int(run.grid.rows(run.judged).sum())
    with st.container(horizontal=True, gap="medium", key="explore_headline"):
        _fact(
            "Model",
            str(result.get("preset") or result.get("model", run.recipe.model)),
            links.more(plain(run.recipe.model), "models", "networks"),
        )
        if run.labelled:
            _fact(
                "AUROC",
                number(result.get("auroc"), 4),
                links.more(
                    says("The chance that an anomaly scores higher than a normal row. 0.5 is guessing, 1 is perfect."),
                    "metrics",
                    "auroc",
                ),
            )
            _fact(
                "Average precision",
                number(result.get("average_precision"), 4),
                links.more(
                    "The mean precision over all recalls; more telling than AUROC where anomalies are rare.",
                    "metrics",
                    "average-precision",
                ),
            )
        _fact(
            says("Test rows" if run.judged == ("test",) else "Rows"),
            count(judged),
            links.more(
                says(
                    "The test part: rows that the model never saw."
                    if run.judged == ("test",)
                    else "All rows of the dataset."
                ),
                "data",
                "splits",
            ),
        )
        _fact(
            "Trained on",
            count(result.get("train_rows", 0)),
            links.more(says("Rows that the network learned from."), "data", "splits"),
        )
        parts = says.parts
        _fact(
            parts.capitalize() if samples.draws(run) else "Features",
            count(result.get("columns", 0)),
            links.more(f"{parts.capitalize()} that the network read.", "data", "roles"),
        )
    for note in run.notes:
        if note.kind in _AT_ONCE:
            st.caption(f":material/info: {plain(note.text)}")
    notes_list([note for note in run.notes if note.kind not in _AT_ONCE], "explore_notes")
    if run.record.state == "stopped":
        st.caption(":material/info: Stopped early; the best weights so far were kept.")
    compare_hint(run)


def _fact(label: Markdown, value: str, help: Markdown) -> None:
    st.metric(label, value, help=help, width="content")
