"""The Compare page: a run beside classical detectors and other runs, on the same rows, and its checks."""

import streamlit as st

from dashboard.compare import checks_list, comparison_results, comparison_setup, comparisons
from dashboard.components import run_picker
from dashboard.components.score_line import own_score_line
from dashboard.help import links
from dashboard.state.kind import nouns_for
from dashboard.theme import ASSETS

_ABOUT = "A run beside classical detectors and other runs, on the same data, and its checks."
PAGE = {"title": "Compare", "icon": ":material/balance:", "order": 70, "carries": ("run",)}

st.html(ASSETS / "compare.css")
title, picker = st.columns([1, 2], vertical_alignment="center")
links.page_title("Compare", _ABOUT, "compare", title)
with picker:
    chosen = run_picker.pick_run()
run = run_picker.require_scores(chosen)
own_score_line(run)

plan = comparison_setup.setup(run)
report = comparisons.report(run, plan)
says = nouns_for(run)
if report is not None:
    comparison_results.verdict(report, says)
    comparison_results.measures(report, run.name, says)
    comparison_results.figures(report, run.name, says)
checks_list.checks_list(report["checks"] if report is not None else comparisons.checks(run), says)
