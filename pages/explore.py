"""The Explore page: from a finished run to a list of anomalies and the reason of each."""

import streamlit as st

from dashboard.components import judge_file, run_picker
from dashboard.explore.lanes import run_lanes
from dashboard.explore.lanes.events_panel import events_panel
from dashboard.explore.lanes.lanes_panel import lanes_panel
from dashboard.explore.map import latent_panel
from dashboard.explore.network.expert_panels import expert_panels
from dashboard.explore.network.score_panel import score_line
from dashboard.explore.panels import (
    curves_panel,
    flagged_table,
    row_inspector,
    run_headline,
    selection_bar,
)
from dashboard.explore.panels.families_panel import families_panel
from dashboard.explore.panels.threshold_panel import threshold_panel
from dashboard.explore.panels.timeline_panel import timeline_panel
from dashboard.explore.panels.verdict import verdict
from dashboard.explore.pictures.gallery_panel import gallery_panel
from dashboard.explore.pictures.inspector_panel import inspector_panel
from dashboard.explore.share import share_panel
from dashboard.help import links
from dashboard.server.failures import in_place
from dashboard.theme import ASSETS

_ABOUT = "From a finished run to a list of anomalies and the reason of each."
PAGE = {"title": "Explore", "icon": ":material/insights:", "order": 40, "carries": ("run", "score")}

st.html(ASSETS / "explore.css")
st.html(ASSETS / "why.css")
title, picker, share = st.columns([4, 7, 3.2], vertical_alignment="center")
links.page_title("Explore", _ABOUT, "explore", title)
with picker:
    chosen = run_picker.pick_run()
run = run_picker.require_scores(chosen)
with share, st.container(horizontal=True, vertical_alignment="center", gap="small"):
    judge_file.judge_button(run, quiet=True)
    share_panel.share_button(run)

# Where the scores themselves cannot be read there is nothing to go on with; any other file takes one panel with it.
labelled = run.labelled
for panel in (verdict, judge_file.judged_line, score_line, selection_bar.selection_bar):
    with in_place():
        panel(run)
# Of series one sees first when something was odd: what a single moment holds says little without those around it.
# Images are looked at before anything is read of them; each panel draws nothing of another kind of data.
series = (lanes_panel, events_panel)
in_time = run_lanes.drawable(run)
for panel in series if in_time else (gallery_panel, inspector_panel):
    with in_place():
        panel(run)
with st.container(key="explore_reading"):
    left, right = st.columns([1.2, 1], gap="small")
    with left, in_place():
        flagged_table.flagged_table(run)
    with right, in_place():
        row_inspector.row_inspector(run)
for panel in (threshold_panel, timeline_panel):
    with in_place():
        panel(run)
# A curve compares anomalies with normal rows: without labels there is none, and the map has the whole width.
left, right = st.columns(2, gap="medium") if labelled else (st.container(), st.container())
with left, in_place():
    curves_panel.curves_panel(run)
with right, in_place():
    latent_panel.latent_panel(run)
# Of other data they draw nothing, and are there for what draws anew all that follows the threshold.
for panel in (families_panel, run_headline.headline, expert_panels, *(() if in_time else series)):
    with in_place():
        panel(run)
