"""The button that writes the rows of the list to a file, flagged or selected, where the list is."""

import streamlit as st

from core.triage.listed_rows import MOST
from dashboard.explore.shared_run import SharedRun
from dashboard.format import count
from dashboard.help import links
from dashboard.report.addresses import download_url
from dashboard.report.view import current
from dashboard.server import exports
from dashboard.state.kind import nouns_for

_KINDS = {"csv": "CSV", "xlsx": "Excel", "parquet": "Parquet"}


def rows_export(run: SharedRun, total: int, threshold: float, *, selected: bool) -> None:
    """Draw "Export these N rows" with its formats, and the scores of all rows."""
    says = nouns_for(run)
    these = f"Export {'these ' if total != 1 else 'this '}{says.count(total)}"
    with st.popover(these, icon=":material/download:", width="content", disabled=not total):
        what = "selected" if selected else "flagged"
        st.markdown(
            says(f"The {what} rows in this order, with rank, score, reasons, verdicts, your own columns, ")
            + "and the file's name and line, counted as a spreadsheet does."
        )
        if total > MOST:
            st.caption(says(f"A list has {count(MOST)} rows at most: raise the threshold, or take the scores of all."))
        view = current(run)
        with st.container(horizontal=True):
            for ending, name in _KINDS.items():
                st.link_button(
                    name,
                    download_url(f"rows.{ending}", run.id, view),
                    icon=":material/download:",
                    disabled=total > MOST,
                )
    whole = int(run.grid.rows().sum())
    with st.popover("All scores", icon=":material/table:", width="content"):
        st.markdown(
            says(
                f"Every row of the dataset ({says.count(whole)}) with its part, label, score and whether it is "
                "flagged at the threshold set above, as CSV."
            )
        )
        for label, columns in (("Scores", False), ("Scores with your columns", True)):
            st.link_button(
                label,
                exports.scores_url(run.id, threshold, columns=columns, score=run.score),
                icon=":material/download:",
                width="stretch",
            )
        st.caption(
            "Cells that a spreadsheet would run as a formula get an apostrophe in front.",
            help=links.more("Files open safely in Excel and its like.", "pages", "flagged-rows"),
        )
