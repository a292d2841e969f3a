"""All thresholds over the histogram of the judged rows."""

import streamlit as st

from dashboard.charts.threshold_rules import Mark, threshold_rules
from dashboard.components.figure_cache import cached_figure
from dashboard.components.show import show
from dashboard.explore.shared_run import SharedRun
from dashboard.format import count
from dashboard.state.kind import nouns_for
from dashboard.thresholds import lab


def rule_figure(run: SharedRun) -> None:
    """Draw the figure; the rule that is looked at stands out."""
    says = nouns_for(run)
    shown, log = lab.shown_rule(), "log-scores" in run.axes
    within, _ = lab.intervals(run)
    outcomes = [one for one in [lab.own(run), *lab.outcomes(run)] if one.threshold is not None]
    marks = []
    for one in outcomes:
        assert one.threshold is not None
        known = within.get(one.rule)
        marks.append(Mark(one.title, one.threshold, known.threshold if known else None, chosen=one.rule == shown))
    judged = count(int(run.grid.rows(run.judged).sum()))
    figure = cached_figure(
        ("rules", run.key, tuple(marks)),
        lambda: threshold_rules(
            run.grid.histogram(run.judged, log=log),
            marks,
            log_score=log,
            says=says,
            subtitle=says(f"{judged} {lab.measured(run)}, bars: 95 % intervals"),
        ),
    )
    with st.container(border=True, key="lab_figure_card"):
        show(figure, "lab_rules", run.name, alt=_alt(marks))


def _alt(marks: list[Mark]) -> str:
    return "Thresholds by rule: " + ", ".join(f"{mark.name} {mark.threshold:.4g}" for mark in marks)
