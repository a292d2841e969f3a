"""The rows on which the network and the classical detectors disagree most, and what speaks for either side."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import streamlit as st

from core.modalities.nouns import Nouns
from dashboard.charts.words import LABEL_NAMES
from dashboard.format import percent
from dashboard.help import links
from dashboard.state import page_url, widget_sync

if TYPE_CHECKING:
    import pandas as pd

SIDES = {"network": "Network high, classical low", "classical": "Classical high, network low"}


def disagreements(report: Mapping[str, Any], height: int, says: Nouns) -> None:
    """Draw the choice of a side and its rows; a ticked row opens on Explore."""
    every = report["disagreements"]
    side = page_url.param("side") if page_url.param("side") in SIDES else next(iter(SIDES))
    st.segmented_control(
        says("Rows"),
        list(SIDES),
        required=True,
        format_func=SIDES.__getitem__,
        default=side,
        key=widget_sync.key("compare_side", side),
        on_change=_changed,
        label_visibility="collapsed",
    )
    rows = [one for one in every if one["high"] == side]
    st.markdown(
        says("**Rows on which they disagree most**"), help=links.more(says(_HELP, parts=True), "comparing", "agreement")
    )
    if not rows:
        st.info(says("There is no such row: both put the rows into the same order."), icon=":material/balance:")
        return
    labelled = any(one["label"] >= 0 for one in rows)
    key = f"compare_rows_{side}_{len(rows)}_{rows[0]['row']}"
    picked = st.dataframe(
        _frame(rows, labelled, says.sample.capitalize()),
        hide_index=True,
        height=min(height - 150, 38 + 35 * len(rows)),
        key=key,
        on_select="rerun",
        selection_mode="single-row",
        column_config=_config(says.sample.capitalize()),
        alt=says(f"Rows: {SIDES[side]}"),
    )["selection"]["rows"]
    if picked and picked[0] < len(rows):
        row = rows[picked[0]]["row"]
        page_url.page_link(
            "explore", says(f"Open row {row:,} on Explore"), icon=":material/insights:", run=report["run"], row=row
        )
    else:
        right = sum(one["label"] == 1 for one in rows)
        known = says(f"{right} of these {len(rows)} rows are anomalies. ") if labelled else ""
        st.caption(says(f"{known}Tick a row to open it on Explore."))


_HELP = (
    "Percentile: the place among the compared rows, 100 is the most anomalous; of the classical detectors the median. "
    "“Network because of”: the columns that make the run's score. “Unlike its neighbours in”: the columns in which the "
    "row is farthest from its five nearest training rows, which is what most classical detectors look at. At most "
    "three rows with the same first columns are shown."
)


def _frame(rows: Sequence[Mapping[str, Any]], labelled: bool, heading: str) -> "pd.DataFrame":
    import pandas as pd

    columns: dict[str, list[Any]] = {heading: [one["row"] for one in rows]}
    if labelled:
        columns["Class"] = [LABEL_NAMES[one["label"]] for one in rows]
    columns |= {
        "Network": [100 * one["network"] for one in rows],
        "Classical": [100 * one["classical"] for one in rows],
        "Network because of": [_reasons(one["network_because"]) for one in rows],
        "Unlike its neighbours in": [_reasons(one["nearest_because"]) for one in rows],
    }
    return pd.DataFrame(columns)


def _reasons(because: Sequence[Sequence[Any]]) -> str:
    return ", ".join(f"{name} {percent(value)}" for name, value in because)


def _config(heading: str) -> dict[str, Any]:
    column = st.column_config
    return {
        heading: column.NumberColumn(format="localized", width=62),
        "Class": column.TextColumn(width=72),
        "Network": column.NumberColumn(
            format="%.1f", width=70, help=links.more("Percentile of the run's score.", "pages", "disagreements")
        ),
        "Classical": column.NumberColumn(
            format="%.1f",
            width=72,
            help=links.more("Median percentile of the classical detectors.", "pages", "disagreements"),
        ),
        "Network because of": column.TextColumn(width=230),
        "Unlike its neighbours in": column.TextColumn(width=230),
    }


def _changed() -> None:
    chosen = widget_sync.value("compare_side")
    page_url.set_params(side=None if chosen == next(iter(SIDES)) else chosen)
    st.rerun("compare_figures")
