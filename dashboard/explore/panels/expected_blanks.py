"""What a network that imputes expects where a row is blank: the highest first, as a recommender lists them."""

from typing import TYPE_CHECKING

import streamlit as st

from core import catalogue
from core.errors import AnomalensError
from dashboard.explore import shared_run
from dashboard.explore.shared_run import SharedRun
from dashboard.help import links
from dashboard.state.kind import nouns_for

if TYPE_CHECKING:
    import pandas as pd


_MOST = 50
_USUAL = 10


def expected_blanks(run: SharedRun, row: int) -> None:
    """Draw the blanks of a row with the highest expected values; nothing for other networks."""
    says = nouns_for(run)
    if not catalogue.imputes(run.recipe):
        return
    try:
        found = shared_run.explanation(run, row)
    except AnomalensError:
        # The inspector has said why.
        return
    blanks = blanks_of(found)
    if blanks.empty:
        st.caption(says("This row has no blank to fill in."))
        return
    with st.container(horizontal=True, vertical_alignment="bottom", key="explore_filled_controls"):
        most = st.number_input(
            "Blanks with the highest expected value",
            1,
            _MOST,
            _USUAL,
            key="explore_filled_most",
            width=260,
            help=links.more(
                says("What the network expects where this row has no value, in your units."),
                "explanations",
                "blanks-filled-in",
            ),
        )
    st.dataframe(
        blanks.head(int(most)),
        hide_index=True,
        column_config={
            "feature": says("Column", parts=True),
            "expected_value": st.column_config.NumberColumn(says("Expected", parts=True), format="%.4g"),
        },
        key="explore_filled",
    )


def blanks_of(explained: "pd.DataFrame") -> "pd.DataFrame":
    """The blank numbers of a row, the highest expected value first: ``feature`` and ``expected_value``."""
    blank = explained[(explained["actual"] == "") & explained["expected_value"].notna()]
    return blank.sort_values("expected_value", ascending=False)[["feature", "expected_value"]]
