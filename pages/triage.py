"""The Triage page: decide row by row, by mouse or by keys, and see at once what the verdicts come to."""

import streamlit as st

from dashboard.components import run_picker
from dashboard.components.missing import require_samples
from dashboard.components.score_line import shown_score_line
from dashboard.help import links
from dashboard.theme import ASSETS
from dashboard.triage.triage_card import triage_card, triage_why
from dashboard.triage.triage_side import triage_side

_ABOUT = "Decide one by one, by mouse or by keys, and see at once what the verdicts come to."
PAGE = {"title": "Triage", "icon": ":material/gavel:", "order": 50, "carries": ("run", "score")}

st.html(ASSETS / "why.css")
st.html(ASSETS / "triage_page.css")
title, picker = st.columns([1, 2], vertical_alignment="center")
links.page_title("Triage", _ABOUT, "triage", title)
with picker:
    chosen = run_picker.pick_run()
run = run_picker.require_scores(chosen)
shown_score_line(run)
require_samples(run)
with st.container(key="triage_body"):
    left, right = st.columns([1.9, 1], gap="medium")
with left:
    triage_card(run)
    triage_why(run)
with right:
    triage_side(run)
