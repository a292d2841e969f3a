"""The Threshold lab: every rule on the same scores, with its settings and its promise, and two of them compared."""

import streamlit as st

from dashboard.components import run_picker
from dashboard.explore.shared_run import SharedRun
from dashboard.help import links
from dashboard.theme import ASSETS
from dashboard.thresholds import rule_figure, rule_panel, rule_table, threshold_pair

_ABOUT = "All rules that set a threshold, on the same scores."
PAGE = {"title": "Threshold lab", "icon": ":material/rule:", "order": 60, "carries": ("run", "score")}


@st.fragment(key="lab_rules")
def rules(run: SharedRun) -> None:
    """All rules, the one that is looked at, and two of them compared."""
    rule_panel.take_entered()
    left, right = st.columns([1.85, 1], gap="medium")
    with right:
        rule_panel.rule_panel(run)
    with left:
        rule_figure.rule_figure(run)
    rule_table.rule_table(run)
    threshold_pair.threshold_pair(run)


st.html(ASSETS / "thresholds.css")
title, picker = st.columns([1, 2], vertical_alignment="center")
links.page_title("Threshold lab", _ABOUT, "threshold-lab", title)
with picker:
    chosen = run_picker.pick_run()
run = run_picker.require_scores(chosen)
rules(run)
