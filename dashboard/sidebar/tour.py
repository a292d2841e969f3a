"""The tour of the first visit: four steps below the navigation, read in the browser's own time.

Whoever goes ahead to a later step's page takes the tour along; it never goes back by itself.
"""

import json
from typing import Any

import streamlit as st

from dashboard import theme
from dashboard.state import page_url

STEPS = (
    (
        "data",
        "Bring your data",
        "Upload a file or take a sample, and check what is known of your data and how it was read.",
    ),
    ("train", "Train", "“Recommended” is a good start. Watch it learn; it goes on when you close the browser."),
    ("explore", "Find and understand", "Drag the threshold, and open what is flagged to see why it is odd."),
    ("triage", "Decide and share", "Judge what is flagged, one by one, then share a link, a report or the scores."),
)
"""The page that a step is about, its title, and what to do there."""


def tour() -> None:
    """Draw the step that this browser is at; once it is over, the way back to it."""
    steps = [{"page": page, "title": title, "words": words} for page, title, words in STEPS]
    with st.sidebar:
        # As text: a nested value would make Streamlit import pandas before the first page is out.
        _component()(key="tour", data={"steps": json.dumps(steps), "page": page_url.page_name()})


@st.cache_resource(show_spinner=False)
def _component() -> Any:
    html, css, script = ((theme.ASSETS / f"tour.{kind}").read_text(encoding="utf-8") for kind in ("html", "css", "js"))
    return st.components.v2.component("anomalens_tour", html=html, css=css, js=script)
